import type { Chain } from "@trellis/chain";
import type { Network } from "@trellis/network";
import { createHealth, openServicePort, type ServicePort } from "@trellis/platform/http";
import type { FinalityStatus } from "@trellis/protocol";
import type { ServiceIo } from "../cli/VerbIo.ts";

/** Opens the port for /health, /ready, /startup and /metrics. */
export function openService(
  port: number,
  chain: Chain,
  network: Network | undefined,
  io: ServiceIo,
): Promise<ServicePort> {
  const { lifecycle, log, metrics } = io;
  const health = createHealth(lifecycle);
  health.addCheck("chain", () => chain.failure()?.message);
  health.addCheck("finality", () => withoutFinality(chain.finality.status()));
  if (network !== undefined) {
    health.addCheck("sync", () => behind(network));
    health.addCheck("peers", () => network.isolation());
  }
  return lifecycle.start(
    "service port",
    () => openServicePort({ host: "127.0.0.1", port }, { log: log.child("http"), metrics, health }),
    (opened) => opened.close(),
  );
}

function withoutFinality({
  validators,
  isFinalizing,
  finalized,
  lagBlocks,
}: FinalityStatus): string | undefined {
  if (validators.length === 0 || isFinalizing) return undefined;
  return `validators make nothing final since checkpoint ${finalized.height}, ${lagBlocks} blocks behind`;
}

function behind(network: Network): string | undefined {
  const progress = network.syncing();
  return progress && `at block ${progress.currentBlock} of ${progress.highestBlock}`;
}
