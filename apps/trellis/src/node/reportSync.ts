import type { Network } from "@trellis/network";
import { createProgress } from "@trellis/platform/progress";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";

const LOOK_MS = 1_000;

export async function reportSync(network: Pick<Network, "syncing">, io: ServiceIo): Promise<void> {
  const progress = createProgress({ task: "sync" }, { ...io, clock: systemClock });
  let wasSyncing = false;
  const look = (): void => {
    const current = network.syncing();
    if (current !== undefined) progress.report(current.phase, current.currentBlock, current.highestBlock);
    else if (wasSyncing) progress.end();
    wasSyncing = current !== undefined;
  };
  await io.lifecycle.start(
    "sync progress",
    () => repeat(systemScheduler, LOOK_MS, look),
    (looks) => looks.stop(),
  );
}
