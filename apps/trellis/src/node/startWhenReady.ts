import type { Producer } from "@trellis/mining";
import type { Network } from "@trellis/network";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";

const LOOK_MS = 200;
/** Consecutive successful checks: a lag becomes visible only one round trip after connecting. */
const LOOKS_READY = 5;

/** Waits for the sync, because blocks on an outdated tip are worthless. */
export async function startWhenReady(
  producer: Producer,
  network: Pick<Network, "isReady">,
  { lifecycle, log }: ServiceIo,
): Promise<void> {
  let looksReady = 0;
  const look = (): void => {
    if (looksReady === LOOKS_READY) return;
    looksReady = network.isReady() ? looksReady + 1 : 0;
    if (looksReady < LOOKS_READY) return;
    log.child("mining").info("mining.started");
    producer.start();
  };
  look();
  await lifecycle.start(
    "begin of mining",
    () => repeat(systemScheduler, LOOK_MS, look),
    (looking) => looking.stop(),
  );
}
