import type { Chain } from "@trellis/chain";
import { FinalBlocks, Workers } from "@trellis/mining";
import type { ServiceIo } from "@trellis/platform/service";
import { systemSteadyClock } from "@trellis/platform/system";

/** Statistics of all that mine with this node. */
export async function openWorkers(
  { view }: Pick<Chain, "view">,
  { lifecycle }: Pick<ServiceIo, "lifecycle">,
): Promise<Workers> {
  const finalBlocks = await lifecycle.start(
    "final blocks of workers",
    () => new FinalBlocks(view),
    ({ stop }) => stop(),
  );
  return new Workers({ clock: systemSteadyClock, finalBlocks });
}
