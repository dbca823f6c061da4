import { isTrellisError, type Log } from "@trellis/base";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { platformErrors } from "../errors.ts";
import type { PrometheusMetrics } from "../metrics/createPrometheusMetrics.ts";
import type { Health } from "./createHealth.ts";

export interface ServicePortOptions {
  /** The address to listen on: 127.0.0.1 unless others may look. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface ServicePort {
  /** `http://127.0.0.1:8080`, with the port that was really taken. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ServicePortDependencies {
  readonly log: Log;
  readonly metrics: PrometheusMetrics;
  readonly health: Health;
  /** Adds a service's own routes before the port opens. */
  readonly addRoutes?: (server: FastifyInstance) => void | Promise<void>;
}

/** What one request may cost. */
const BODY_BYTES_MAX = 1_048_576;
const REQUEST_MS_MAX = 30_000;

/**
 * The port on which people and machines look after a service:
 * `/health` (alive), `/ready` (200, or 503 with reasons), `/startup` (200 once everything was up), `/metrics`.
 * @throws PORT_UNAVAILABLE
 */
export async function openServicePort(
  options: ServicePortOptions,
  dependencies: ServicePortDependencies,
): Promise<ServicePort> {
  const server = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    // Scrapers keep connections open; a stop must not wait for them.
    forceCloseConnections: true,
  });
  server.addHook("onSend", async (_request, reply) => {
    reply.header("x-content-type-options", "nosniff");
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
  addHealthRoutes(server, dependencies);
  addErrorAnswers(server, dependencies.log);
  await dependencies.addRoutes?.(server);

  try {
    await server.listen({ host: options.host, port: options.port });
  } catch (error) {
    await server.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw platformErrors.PORT_UNAVAILABLE({ host: options.host, port: options.port, reason }, error);
  }
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, port, close: async () => server.close() };
}

function addHealthRoutes(server: FastifyInstance, { health, metrics }: ServicePortDependencies): void {
  server.get("/health", () => ({ status: "alive" }));
  server.get("/ready", (_request, reply) => {
    const { isReady, reasons } = health.report();
    return answer(reply, isReady, { status: isReady ? "ready" : "unavailable", reasons });
  });
  server.get("/startup", (_request, reply) => {
    const hasStarted = health.hasStarted();
    return answer(reply, hasStarted, { status: hasStarted ? "started" : "starting" });
  });
  server.get("/metrics", async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.render());
  });
}

function answer(reply: FastifyReply, isGood: boolean, body: object): FastifyReply {
  return reply.code(isGood ? 200 : 503).send(body);
}

function addErrorAnswers(server: FastifyInstance, log: Log): void {
  server.setNotFoundHandler((request, reply) => {
    const hint = "GET /health, /ready, /startup or /metrics";
    return reply.code(404).send({ code: "NOT_FOUND", message: `no ${request.method} here`, hint });
  });
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error("request failed", { route: request.routeOptions.url, error });
    if (isTrellisError(error)) return reply.code(status).send(error.toJSON());
    const message = status < 500 ? error.message : "internal error";
    return reply.code(status).send({ code: status < 500 ? "BAD_REQUEST" : "INTERNAL", message });
  });
}
