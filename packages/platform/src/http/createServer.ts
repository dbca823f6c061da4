import type { RequestListener, Server } from "node:http";
import { isTrellisError, type Log, type Random, type TrellisError } from "@trellis/base";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { Admission } from "../admission/Admission.ts";
import { authErrors } from "../auth/errors.ts";
import type { ListenerTls } from "../tls/index.ts";
import type { ProcessTracing } from "../tracing/Tracing.ts";
import { formatTraceparent } from "../tracing/traceContext.ts";
import { type Correlation, correlate } from "./correlation.ts";
import { httpErrors } from "./errors.ts";
import { PROBLEM_MEDIA_TYPE, problemOf } from "./problem.ts";
import type { Statuses } from "./statuses.ts";

export interface DoorGuard {
  /** Returns undefined to refuse the connection. */
  connect(peer: string | undefined): (() => void) | undefined;
  /** `ip` is the client's address, even behind proxies. @throws ADDRESS_REFUSED if an operator refuses it */
  requireAdmitted(ip: string): void;
  refused(request: FastifyRequest, status: number): void;
}

export interface ServerPorts {
  readonly guard?: DoorGuard | undefined;
  readonly hosts?: readonly string[];
  readonly log: Log;
  readonly random: Random;
  readonly trustedProxies?: readonly string[];
  readonly tls?: ListenerTls | undefined;
  /** If true, answers close their connections, so that clients connect to another process. */
  readonly isDraining?: () => boolean;
  readonly tracing?: ProcessTracing | undefined;
}

export const BODY_BYTES_MAX = 1_048_576;
export const HANDLER_MS_MAX = 30_000;
const SERVER_TIMES = { headersTimeout: 10_000, requestTimeout: 60_000, connectionsCheckingInterval: 2_000 };
const KEEP_ALIVE_MS = 72_000;
/** Maximum time without a byte in either direction. Exceeds the time before any answer begins. */
const SILENT_MS_MAX = 75_000;
const PARAMETER_CHARS_MAX = 256;
const HOST_SHOWN_MAX = 256;

const correlations = new WeakMap<FastifyRequest, Correlation>();

export function correlationOf(request: FastifyRequest): Correlation {
  const correlation = correlations.get(request);
  if (correlation === undefined) throw httpErrors.INTERNAL({ reason: "no correlation" });
  return correlation;
}

export function createServer({
  log,
  random,
  trustedProxies = [],
  hosts = ["*"],
  guard,
  tls,
  isDraining = () => false,
  tracing,
}: ServerPorts): FastifyInstance {
  const admission = new Admission({ hosts, origins: [] });
  const server = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: SERVER_TIMES.requestTimeout,
    connectionTimeout: SILENT_MS_MAX,
    http: SERVER_TIMES,
    ...(tls !== undefined && { serverFactory: (handler: RequestListener) => secureServer(tls, handler) }),
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: PARAMETER_CHARS_MAX },
    // `closeAll` would cut requests in progress.
    forceCloseConnections: "idle",
    frameworkErrors: (error, request, reply) => {
      begin(request, reply);
      if (!admission.admitsHost(request.headers.host)) {
        sendProblem(request, reply, hostRefused(request), { log, statuses: {} });
        return;
      }
      const target = pageTarget(request);
      if (error.code === "FST_ERR_BAD_URL" && target !== undefined) {
        return reply.header("cache-control", "no-store").redirect(target);
      }
      sendProblem(request, reply, asKnown(error), { log, statuses: {} });
    },
  });
  function begin(request: FastifyRequest, reply: FastifyReply): void {
    const correlation = correlate(request.headers, random, tracing);
    correlations.set(request, correlation);
    reply.header("x-request-id", correlation.correlationId);
    reply.header("traceparent", formatTraceparent(correlation.trace));
    reply.header("x-content-type-options", "nosniff");
  }
  server.addHook("onRequest", async (request, reply) => {
    begin(request, reply);
    if (!admission.admitsHost(request.headers.host)) throw hostRefused(request);
  });
  if (guard !== undefined) guardServer(server, guard);
  server.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
    if (isDraining()) reply.header("connection", "close");
  });
  server.setNotFoundHandler((request, reply) => {
    return sendProblem(request, reply, httpErrors.NOT_FOUND(), { log, statuses: {} });
  });
  setProblemAnswers(server, { log, statuses: {} });
  return server;
}

/** Fastify sets timeouts only on servers that it creates. */
function secureServer(tls: ListenerTls, handler: RequestListener): Server {
  const server = tls.createServer({ ...SERVER_TIMES, keepAliveTimeout: KEEP_ALIVE_MS }, handler);
  server.setTimeout(SILENT_MS_MAX);
  return server;
}

function guardServer(server: FastifyInstance, guard: DoorGuard): void {
  server.server.on("connection", (socket) => {
    const release = guard.connect(socket.remoteAddress);
    if (release === undefined) socket.destroy();
    else socket.once("close", release);
  });
  server.addHook("onRequest", async ({ ip }) => guard.requireAdmitted(ip));
  server.addHook("onResponse", async (request, reply) => {
    if (reply.statusCode >= 400 && reply.statusCode < 500) guard.refused(request, reply.statusCode);
  });
}

/** Prevents DNS rebinding. */
function hostRefused({ headers: { host = "" } }: FastifyRequest): TrellisError {
  return authErrors.CROSS_SITE_REQUEST({
    reason: "host name not allowed",
    host: host.slice(0, HOST_SHOWN_MAX),
  });
}

/** For GET requests of pages, returns the path with every `%` escaped. */
function pageTarget({ method, headers, raw: { url = "" } }: FastifyRequest): string | undefined {
  if (method !== "GET" || !(headers.accept ?? "").includes("text/html") || !url.startsWith("/")) {
    return undefined;
  }
  const [path = "", ...query] = url.split("?");
  // Two leading slashes would redirect to another origin.
  return [path.replaceAll("%", "%25").replace(/^[/\\]+/, "/"), ...query].join("?");
}

interface ProblemAnswers {
  readonly log: Log;
  readonly statuses: Statuses;
}

export function setProblemAnswers(server: FastifyInstance, answers: ProblemAnswers): void {
  server.setErrorHandler((error, request, reply) => sendProblem(request, reply, asKnown(error), answers));
}

function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  { log, statuses }: ProblemAnswers,
): FastifyReply {
  const { correlationId } = correlationOf(request);
  const problem = problemOf(error, statuses, correlationId);
  if (problem.status === 500) {
    const shown = error instanceof Error ? error : String(error);
    log.error("request.failed", { route: request.routeOptions.url, correlationId, error: shown });
  }
  const { retryAfterS } = problem.facts;
  if (typeof retryAfterS === "number") reply.header("retry-after", String(retryAfterS));
  else if (problem.status === 503) reply.header("retry-after", "1");
  if (problem.status === 401) reply.header("www-authenticate", `Bearer error="${problem.code}"`);
  return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

/** Maps Fastify's errors; other errors are defects. */
function asKnown(error: unknown): unknown {
  if (isTrellisError(error) || !(error instanceof Error)) return error;
  const { code, statusCode } = error as Error & { code?: string; statusCode?: number };
  const known: Readonly<Record<string, () => TrellisError>> = {
    FST_ERR_CTP_BODY_TOO_LARGE: () => httpErrors.REQUEST_BODY_TOO_LARGE({}, error),
    FST_ERR_CTP_INVALID_MEDIA_TYPE: () => httpErrors.MEDIA_TYPE_UNSUPPORTED({}, error),
    FST_ERR_CTP_INVALID_JSON_BODY: () => httpErrors.BODY_MALFORMED({}, error),
    FST_ERR_CTP_EMPTY_JSON_BODY: () => httpErrors.BODY_MALFORMED({}, error),
    FST_ERR_HANDLER_TIMEOUT: () => httpErrors.REQUEST_TIMEOUT({ retryAfterS: 1 }, error),
  };
  const make = code === undefined || !Object.hasOwn(known, code) ? undefined : known[code];
  if (make !== undefined) return make();
  if (statusCode !== undefined && statusCode < 500)
    return httpErrors.REQUEST_MALFORMED({ reason: code }, error);
  return error;
}
