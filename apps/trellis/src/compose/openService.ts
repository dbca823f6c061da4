import type { Chain } from "@trellis/chain";
import { createHealth, openServicePort, type ServicePort } from "@trellis/platform/http";
import type { ServiceIo } from "../cli/VerbIo.ts";

/** Opens the port for /health, /ready, /startup and /metrics. */
export function openService(port: number, chain: Chain, io: ServiceIo): Promise<ServicePort> {
  const { lifecycle, log, metrics } = io;
  const health = createHealth(lifecycle);
  health.addCheck("chain", () => chain.failure()?.message);
  return lifecycle.start(
    "service port",
    () => openServicePort({ host: "127.0.0.1", port }, { log: log.child("http"), metrics, health }),
    (opened) => opened.close(),
  );
}
