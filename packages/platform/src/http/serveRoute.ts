import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ANONYMOUS, type Principal } from "../auth/Principal.ts";
import type { RowScope } from "../auth/RowScope.ts";
import { abortable } from "../cancellation/workSignal.ts";
import type { ApiPorts } from "./ApiPorts.ts";
import { BODY_BYTES_MAX, correlationOf, HANDLER_MS_MAX } from "./createServer.ts";
import { httpErrors } from "./errors.ts";
import { answerOnce, requireIdempotencyKey } from "./idempotency/answerOnce.ts";
import type { StoredAnswer } from "./idempotency/IdempotencyStore.ts";
import { JSON_MEDIA_TYPE, negotiate, requireMediaType } from "./negotiation.ts";
import type { Call, Route } from "./route.ts";
import { requireContentDigest, requireDigests, sha256 } from "./signatures/contentDigest.ts";
import { receiveUpload, type Upload, whileClientWaits } from "./systemUpload.ts";
import { validate } from "./validate.ts";

export interface Admitted {
  readonly principal: Principal | undefined;
  readonly rows: RowScope;
  /** If true, Content-Digest must be compared with the body. */
  readonly coversBody: boolean;
}

type ServingPorts = Pick<ApiPorts, "log" | "clock" | "scheduler" | "idempotency">;

export async function serveRoute(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  admitted: Admitted,
  ports: ServingPorts,
): Promise<FastifyReply> {
  const { shape } = route;
  const signal = whileClientWaits(reply.raw, shape.timeMsMax ?? HANDLER_MS_MAX);
  const upload = await uploadOf(route, request, signal);
  try {
    return await serveBody(route, request, reply, { admitted, upload, signal }, ports);
  } finally {
    await upload?.remove();
  }
}

async function serveBody(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    admitted,
    upload,
    signal,
  }: { readonly admitted: Admitted; readonly upload: Upload | undefined; readonly signal: AbortSignal },
  ports: ServingPorts,
): Promise<FastifyReply> {
  const body = upload === undefined ? bodyBytes(request) : new Uint8Array();
  if (admitted.coversBody) {
    const field = headerOf(request, "content-digest") ?? "";
    if (upload === undefined) requireContentDigest(field, body);
    else requireDigests(field, upload);
  }
  const mediaType = mediaTypeOf(route, request);
  const arrived = { bytes: body, upload, signal, mediaType };
  const { call, headers } = readCall(route, request, arrived, admitted, ports);
  const handle = () => abortable(signal, () => route.handle(call));
  if (call.idempotencyKey === undefined) {
    const result = await handle();
    return isStream(result)
      ? sendStream(reply, result, mediaType, headers)
      : send(reply, answerOf(route, result, mediaType, headers));
  }
  const run = async (): Promise<StoredAnswer> => answerOf(route, await handle(), mediaType, headers);

  const owner = (admitted.principal ?? ANONYMOUS).id;
  const fingerprint = fingerprintOf(route, request, upload?.sha256 ?? sha256(body));
  const once = await answerOnce({ owner, key: call.idempotencyKey, fingerprint }, run, {
    ...ports,
    store: ports.idempotency,
  });
  if (once.isRepeated) reply.header("idempotency-replayed", "true");
  return send(reply, once.answer);
}

async function uploadOf(
  { shape }: Route,
  request: FastifyRequest,
  signal: AbortSignal,
): Promise<Upload | undefined> {
  if (shape.upload === undefined) return undefined;
  requireNoCoding(request);
  requireMediaType(request.headers["content-type"], shape.upload.mediaType);
  const bytesMax = shape.bodyBytesMax ?? BODY_BYTES_MAX;
  if (Number(request.headers["content-length"]) > bytesMax) {
    throw httpErrors.REQUEST_BODY_TOO_LARGE({ bytesMax });
  }
  const stream = request.body as NodeJS.ReadableStream | null | undefined;
  if (stream === undefined || stream === null) throw httpErrors.BODY_MALFORMED({ reason: "no body" });
  return receiveUpload(stream, bytesMax, signal);
}

function bodyBytes(request: FastifyRequest): Uint8Array {
  requireNoCoding(request);
  return request.body instanceof Uint8Array ? request.body : new Uint8Array();
}

function requireNoCoding({ headers }: FastifyRequest): void {
  const coding = headers["content-encoding"];
  if (coding !== undefined && coding !== "identity") {
    throw httpErrors.MEDIA_TYPE_UNSUPPORTED({ contentEncoding: coding.slice(0, 40) });
  }
}

function mediaTypeOf({ shape: { answer } }: Route, { headers }: FastifyRequest): string | undefined {
  if ("schema" in answer) negotiate(headers.accept, JSON_MEDIA_TYPE);
  return "mediaType" in answer ? negotiate(headers.accept, answer.mediaType, answer.otherTypes) : undefined;
}

function readCall(
  route: Route,
  request: FastifyRequest,
  {
    bytes,
    upload,
    signal,
    mediaType,
  }: {
    readonly bytes: Uint8Array;
    readonly upload: Upload | undefined;
    readonly signal: AbortSignal;
    readonly mediaType: string | undefined;
  },
  { principal = ANONYMOUS, rows }: Admitted,
  ports: ServingPorts,
): { call: Call; headers: Record<string, string> } {
  const { shape } = route;
  const { correlationId, trace } = correlationOf(request);
  const params = validate(shape.params, request.params, "path");
  if (shape.access.kind === "protected" && shape.access.rows === "ofParam") {
    rows.require(String((params as { customerId?: unknown }).customerId));
  }
  const query = validate(shape.query ?? z.strictObject({}), request.query, "query");
  const body = shape.body && validate(shape.body, decodeBody(request, bytes), "body");
  const headers: Record<string, string> = {};
  const ifMatch = headerOf(request, "if-match");
  if (shape.precondition === "required" && ifMatch === undefined) throw httpErrors.PRECONDITION_MISSING();
  const call: Call = {
    params,
    query,
    body,
    upload,
    principal,
    rows,
    correlationId,
    trace,
    mediaType,
    ifMatch,
    idempotencyKey: idempotencyKeyOf(route, request),
    signal,
    log: ports.log,
    ip: request.ip,
    setHeader: (name, value) => {
      headers[name.toLowerCase()] = value;
    },
  };
  return { call, headers };
}

function decodeBody({ headers }: FastifyRequest, bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw httpErrors.BODY_MALFORMED({ reason: "no body" });
  requireMediaType(headers["content-type"], JSON_MEDIA_TYPE);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return JSON.parse(text, refusePrototypes);
  } catch (error) {
    throw httpErrors.BODY_MALFORMED({ reason: "not JSON" }, error);
  }
}

function refusePrototypes(key: string, value: unknown): unknown {
  if (key === "__proto__") throw httpErrors.BODY_MALFORMED({ reason: "__proto__" });
  return value;
}

function idempotencyKeyOf({ shape }: Route, request: FastifyRequest): string | undefined {
  if (shape.idempotency === undefined) return undefined;
  const key = headerOf(request, "idempotency-key");
  if (key !== undefined) return requireIdempotencyKey(key);
  if (shape.idempotency === "required")
    throw httpErrors.IDEMPOTENCY_KEY_INVALID({ reason: "this route requires a key" });
  return undefined;
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.join(", ");
}

function fingerprintOf({ shape }: Route, { method, url }: FastifyRequest, bodyHash: Uint8Array): string {
  // Part of stored fingerprints, so these values must not change.
  const encoding = "schema" in shape.answer ? "json" : null;
  return createHash("sha256")
    .update(JSON.stringify([method, url, encoding]))
    .update(bodyHash)
    .digest("hex");
}

function answerOf(
  route: Route,
  result: unknown,
  mediaType: string | undefined,
  headers: Record<string, string>,
): StoredAnswer {
  const { answer, id } = route.shape;
  const { status } = answer;
  if ("mediaType" in answer) {
    const bytes = typeof result === "string" ? Buffer.from(result) : (result as Uint8Array);
    return { status, headers: { ...headers, "content-type": mediaType ?? answer.mediaType }, body: bytes };
  }
  if (!("schema" in answer)) return { status, headers, body: new Uint8Array() };
  const wire = z.safeEncode(answer.schema, result);
  if (!wire.success) {
    throw httpErrors.ANSWER_INVALID({ route: id, at: wire.error.issues[0]?.path.join("/") }, wire.error);
  }
  const type = `${JSON_MEDIA_TYPE}; charset=utf-8`;
  return {
    status,
    headers: { ...headers, "content-type": type },
    body: Buffer.from(JSON.stringify(wire.data)),
  };
}

function isStream(result: unknown): result is AsyncIterable<Uint8Array> {
  return typeof result === "object" && result !== null && Symbol.asyncIterator in result;
}

/** If the stream fails, the connection closes before the response is complete. */
function sendStream(
  reply: FastifyReply,
  stream: AsyncIterable<Uint8Array>,
  mediaType: string | undefined,
  headers: Record<string, string>,
): FastifyReply {
  return reply
    .code(200)
    .headers({ ...headers, "content-type": mediaType ?? "application/octet-stream" })
    .send(Readable.from(stream, { objectMode: false }));
}

function send(reply: FastifyReply, { status, headers, body }: StoredAnswer): FastifyReply {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return reply
    .code(status)
    .headers(headers)
    .send(status === 204 ? undefined : bytes);
}
