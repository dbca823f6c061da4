import type { Producer } from "@trellis/mining";
import type { Network } from "@trellis/network";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";

const LOOK_MS = 200;
/** A node is behind when the first headers that it lacks have come, and that takes a round trip after a connection. */
const LOOKS_READY = 5;

/** Lets a producer begin once the node is as far as its peers: blocks on an old tip are worth nothing. */
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
    log.child("mining").info("mining begins");
    producer.start();
  };
  look();
  await lifecycle.start(
    "begin of mining",
    () => repeat(systemScheduler, LOOK_MS, look),
    (looking) => looking.stop(),
  );
}
