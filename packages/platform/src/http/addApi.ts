import compress from "@fastify/compress";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { Tracing } from "@trellis/base";
import { baseErrors, isTrellisError } from "@trellis/base";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { transferSince } from "../admission/transferSince.ts";
import { type Access, authorize } from "../auth/access.ts";
import type { Principal } from "../auth/Principal.ts";
import type { RateState } from "../auth/rateLimit.ts";
import { platformMetrics } from "../metrics.ts";
import { peerNameOf } from "../tls/index.ts";
import type { ApiPorts, UsageCounter } from "./ApiPorts.ts";
import type { Authenticator } from "./createAuthenticator.ts";
import { BODY_BYTES_MAX, correlationOf, HANDLER_MS_MAX, setProblemAnswers } from "./createServer.ts";
import { addEntityTags } from "./entityTags.ts";
import { httpErrors } from "./errors.ts";
import type { Method, Route, RouteShape } from "./route.ts";
import { type Admitted, serveRoute } from "./serveRoute.ts";
import { type Statuses, statusOf } from "./statuses.ts";

export interface ApiDefinition {
  readonly routes: readonly Route[];
  readonly statuses: Statuses;
}

export interface ApiOptions {
  readonly corsOrigins?: readonly string[];
  readonly inFlightMax?: number;
}

const IN_FLIGHT_MAX = 512;
const COMPRESSED_BYTES_MIN = 1_024;
const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

const principals = new WeakMap<FastifyRequest, Principal>();

/** @throws ARGUMENT_INVALID */
export async function addApi(
  server: FastifyInstance,
  api: ApiDefinition,
  ports: ApiPorts,
  options: ApiOptions = {},
): Promise<void> {
  for (const route of api.routes) requireSafe(route);
  await server.register(async (scope) => {
    setProblemAnswers(scope, { log: ports.log, statuses: api.statuses });
    await scope.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
    const { corsOrigins = [] } = options;
    // If registered without origins, the CORS plugin would answer OPTIONS for other APIs on the server.
    if (corsOrigins.length > 0) await scope.register(cors, corsOptions(corsOrigins));
    shedLoad(scope, options.inFlightMax ?? IN_FLIGHT_MAX);
    measure(scope, ports);
    if (ports.usage !== undefined) countUsage(scope, ports.usage);
    addEntityTags(scope);
    await scope.register(compress, {
      threshold: COMPRESSED_BYTES_MIN,
      globalDecompression: false,
      encodings: ["br", "gzip"],
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    const [uploads, others] = [true, false].map((isUpload) =>
      api.routes.filter(({ shape }) => (shape.upload !== undefined) === isUpload),
    );
    for (const route of others ?? []) addRoute(scope, route);
    await scope.register(async (inner) => {
      // Passes uploads as streams, because they can be large.
      inner.removeAllContentTypeParsers();
      inner.addContentTypeParser("*", (_request, body, done) => done(null, body));
      for (const route of uploads ?? []) addRoute(inner, route);
    });
    refuseOtherMethods(scope, api.routes);
  });

  function addRoute(scope: FastifyInstance, route: Route): void {
    const { shape } = route;
    const admitted = new WeakMap<FastifyRequest, Admitted>();
    scope.route({
      method: shape.method,
      url: fastifyPath(shape.path),
      bodyLimit: shape.bodyBytesMax ?? BODY_BYTES_MAX,
      handlerTimeout: shape.timeMsMax ?? HANDLER_MS_MAX,
      config: { routeId: shape.id },
      onRequest: async (request, reply) => {
        const admission = await admit(request, reply, shape.access, shape.cost ?? 1, ports);
        admitted.set(request, admission);
        if (admission.principal !== undefined) principals.set(request, admission.principal);
      },
      handler: async (request, reply) => {
        const admission = admitted.get(request);
        if (admission === undefined) throw httpErrors.INTERNAL({ reason: "not admitted" });
        const serve = () => serveRoute(route, request, reply, admission, ports);
        return ports.tracing === undefined ? serve() : inSpan(ports.tracing, shape, request, serve);
      },
    });
  }
}

function inSpan<T>(
  tracing: Tracing,
  { id, method, path }: RouteShape,
  request: FastifyRequest,
  run: () => Promise<T>,
): Promise<T> {
  const { correlationId, trace, parent } = correlationOf(request);
  const facts = {
    "http.request.method": method,
    "http.route": path,
    "trellis.correlation_id": correlationId,
  };
  const isFailure = (error: unknown): boolean => !isTrellisError(error) || statusOf(error, {}) >= 500;
  return tracing.span(id, { kind: "server", facts, as: trace, parent, correlationId, isFailure }, run);
}

function fastifyPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** Reads only headers: the body follows later. */
export async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  access: Access,
  cost: number,
  { authenticator, limits }: Pick<ApiPorts, "authenticator" | "limits">,
): Promise<Admitted> {
  // On public routes, only the address is limited.
  const isPublic = access.kind === "public";
  showLimit(reply, await limits.perIp.take(request.ip, isPublic ? cost : 1, isPublic), "address");
  const admitted = await identify(request, access, authenticator);
  const { principal } = admitted;
  if (principal !== undefined)
    showLimit(reply, await limits.perPrincipal.take(principal.id, cost), "principal");
  return admitted;
}

export async function identify(
  request: FastifyRequest,
  access: Access,
  authenticator: Authenticator,
): Promise<Admitted> {
  const hasBody =
    request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"]) > 0;
  const { method, headers, protocol: scheme, host: authority, url: target } = request;
  const peerName = peerNameOf(request.socket);
  const identity =
    access.kind === "public"
      ? undefined
      : await authenticator.authenticate({ method, target, scheme, authority, headers, hasBody, peerName });
  const principal = identity?.principal;
  const rows = authorize(principal, access);
  return { principal, rows, coversBody: identity?.coversBody ?? false };
}

/** draft-ietf-httpapi-ratelimit-headers, and its widely used draft 03. */
function showLimit(reply: FastifyReply, { limit, remaining, resetS }: RateState, policy: string): void {
  reply.header("ratelimit-policy", `"${policy}";q=${limit};w=${resetS}`);
  reply.header("ratelimit", `"${policy}";r=${remaining};t=${resetS}`);
  reply.header("ratelimit-limit", String(limit));
  reply.header("ratelimit-remaining", String(remaining));
  reply.header("ratelimit-reset", String(resetS));
}

function corsOptions(origins: readonly string[]) {
  return {
    origin: [...origins],
    methods: [...METHODS],
    exposedHeaders: ["etag", "location", "retry-after", "x-request-id", "idempotency-replayed"],
    maxAge: 600,
  };
}

function shedLoad(scope: FastifyInstance, inFlightMax: number): void {
  let inFlight = 0;
  const counted = new WeakSet<FastifyRequest>();
  scope.addHook("onRequest", async (request, reply) => {
    if (inFlight >= inFlightMax) throw httpErrors.OVERLOADED({ retryAfterS: 1 });
    inFlight++;
    counted.add(request);
    // `close` also occurs after early disconnects.
    reply.raw.once("close", () => {
      if (counted.delete(request)) inFlight--;
    });
  });
}

function measure(scope: FastifyInstance, { metrics, clock }: Pick<ApiPorts, "metrics" | "clock">): void {
  const requests = metrics.counter(platformMetrics.trellis_http_requests_total);
  const seconds = metrics.histogram(platformMetrics.trellis_http_request_seconds);
  const begun = new WeakMap<FastifyRequest, number>();
  scope.addHook("onRequest", async (request) => void begun.set(request, clock.nowMs()));
  scope.addHook("onResponse", async (request, reply) => {
    const { routeId = "none" } = request.routeOptions.config as { routeId?: string };
    requests.add(1, { route: routeId, status: String(reply.statusCode) });
    seconds.observe((clock.nowMs() - (begun.get(request) ?? clock.nowMs())) / 1_000, { route: routeId });
  });
}

/** Refused requests count too: they use the service. [COST-1] */
function countUsage(scope: FastifyInstance, usage: UsageCounter): void {
  scope.addHook("onResponse", async (request) => {
    const { bytesIn, bytesOut } = transferSince(request.raw.socket);
    usage.count(principals.get(request), bytesIn, bytesOut);
  });
}

function refuseOtherMethods(scope: FastifyInstance, routes: readonly Route[]): void {
  for (const [path, own] of Map.groupBy(routes, ({ shape }) => shape.path)) {
    const allowed: string[] = own.map(({ shape }) => shape.method);
    const others = METHODS.filter((method) => !allowed.includes(method));
    if (others.length === 0) continue;
    scope.route({
      method: others,
      url: fastifyPath(path),
      exposeHeadRoute: false,
      onRequest: async (_request, reply) => {
        reply.header("allow", allowed.join(", "));
        throw httpErrors.METHOD_NOT_ALLOWED({ allowed: allowed.join(" ") });
      },
      handler: async () => undefined,
    });
  }
}

function requireSafe({ shape }: Route): void {
  const { id, path, access, params, method } = shape;
  const invalid = (rule: string) => baseErrors.ARGUMENT_INVALID({ rule, route: id });
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const declared = Object.keys(params?.shape ?? {});
  if (inPath.toSorted().join() !== declared.toSorted().join())
    throw invalid("a path has the parameters of its schema");
  if (method === "GET" && (shape.body ?? shape.upload) !== undefined)
    throw invalid("a GET request has no body");
  if (shape.body !== undefined && shape.upload !== undefined)
    throw invalid("a route takes a body or an upload");
  if (access.kind === "public") return;
  if (access.rows === "ofParam" && !inPath.includes("customerId")) {
    throw invalid("rows of a parameter need customerId in the path");
  }
  if (access.rows === "notPersonal" && inPath.includes("customerId"))
    throw invalid("a path with a customer is personal");
}
