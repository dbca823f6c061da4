import type { Producer } from "@trellis/mining";
import type { Network } from "@trellis/network";
import { systemScheduler } from "@trellis/platform/system";
import type { ServiceIo } from "../cli/VerbIo.ts";
import { repeat } from "./repeat.ts";

const LOOK_MS = 200;

/** Lets a producer begin once the node is as far as its peers: blocks on an old tip are worth nothing. */
export async function startWhenReady(
  producer: Producer,
  network: Pick<Network, "isReady">,
  { lifecycle, log }: ServiceIo,
): Promise<void> {
  let isStarted = false;
  const look = (): void => {
    if (isStarted || !network.isReady()) return;
    isStarted = true;
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
