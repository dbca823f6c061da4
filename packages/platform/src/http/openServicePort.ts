import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { type Log, type Random, type Scheduler, systemRandom, type TrellisError } from "@trellis/base";
import type { FastifyInstance, FastifyReply } from "fastify";
import { platformErrors } from "../errors.ts";
import type { PrometheusMetrics } from "../metrics/createPrometheusMetrics.ts";
import { platformMetrics } from "../metrics.ts";
import { systemScheduler } from "../system/systemScheduler.ts";
import type { ListenerTls } from "../tls/index.ts";
import type { ProcessTracing } from "../tracing/Tracing.ts";
import type { Health } from "./createHealth.ts";
import { createServer, type DoorGuard } from "./createServer.ts";

export interface ServicePortOptions {
  readonly host: string;
  readonly port: number;
  readonly hosts?: readonly string[];
  readonly trustedProxies?: readonly string[];
}

export interface ServicePort {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ServiceHttpPorts {
  readonly log: Log;
  readonly metrics: PrometheusMetrics;
  readonly health: Health;
  readonly random?: Random;
  readonly scheduler?: Scheduler;
  readonly guard?: DoorGuard | undefined;
  readonly tls?: ListenerTls | undefined;
  readonly tracing?: ProcessTracing | undefined;
  readonly addRoutes?: (server: FastifyInstance) => void | Promise<void>;
}

/** Time for requests in progress when the port closes. Below STOP_DEADLINE_MS. */
const CLOSE_MS_MAX = 2_000;

/** Call before a slow startup, to fail early. @throws PORT_UNAVAILABLE */
export async function requireFreePort({
  host,
  port,
}: Pick<ServicePortOptions, "host" | "port">): Promise<void> {
  if (port === 0) return;
  const probe = createTcpServer();
  try {
    await once(probe.listen({ host, port }), "listening");
  } catch (error) {
    throw unavailable({ host, port }, error);
  }
  probe.close();
  await once(probe, "close");
}

function unavailable(
  { host, port }: Pick<ServicePortOptions, "host" | "port">,
  error: unknown,
): TrellisError {
  const reason = error instanceof Error ? error.message : String(error);
  return platformErrors.PORT_UNAVAILABLE({ host, port, reason }, error);
}

/** `/startup` returns 200 once the service has been ready. @throws PORT_UNAVAILABLE */
export async function openServicePort(
  options: ServicePortOptions,
  ports: ServiceHttpPorts,
): Promise<ServicePort> {
  const { log, random = systemRandom, scheduler = systemScheduler, guard, tls, health, tracing } = ports;
  const { hosts = [], trustedProxies = [] } = options;
  let isClosing = false;
  const server = createServer({
    log,
    random,
    guard,
    tls,
    tracing,
    trustedProxies,
    hosts: ["localhost", ...hosts],
    isDraining: () => isClosing || health.isStopping(),
  });
  addHealthRoutes(server, ports);
  await ports.addRoutes?.(server);

  try {
    await server.listen({ host: options.host, port: options.port });
  } catch (error) {
    await server.close();
    throw unavailable(options, error);
  }
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `${tls === undefined ? "http" : "https"}://${host}:${port}`,
    port,
    async close() {
      isClosing = true;
      const cut = scheduler.after(CLOSE_MS_MAX, () => server.server.closeAllConnections());
      await server.close();
      cut.cancel();
    },
  };
}

function addHealthRoutes(server: FastifyInstance, { health, metrics, log }: ServiceHttpPorts): void {
  const ready = metrics.gauge(platformMetrics.trellis_ready);
  let wasReady: boolean | undefined;
  server.get("/health", () => ({ status: "alive" }));
  server.get("/ready", (_request, reply) => {
    const { isReady, reasons, warnings } = health.report();
    if (isReady !== wasReady) log.info("readiness.changed", { isReady, ...reasons });
    wasReady = isReady;
    return answer(reply, isReady, { status: isReady ? "ready" : "unavailable", reasons, warnings });
  });
  server.get("/startup", (_request, reply) => {
    const hasStarted = health.hasStarted();
    return answer(reply, hasStarted, { status: hasStarted ? "started" : "starting" });
  });
  server.get("/metrics", async ({ headers }, reply) => {
    // Ingresses without rules for paths would serve them to the public.
    if ((headers["x-forwarded-for"] ?? headers.forwarded) !== undefined) return reply.callNotFound();
    ready.set(health.report().isReady ? 1 : 0);
    return reply.type(metrics.contentType).send(await metrics.render());
  });
}

function answer(reply: FastifyReply, isGood: boolean, body: object): FastifyReply {
  return reply.code(isGood ? 200 : 503).send(body);
}
