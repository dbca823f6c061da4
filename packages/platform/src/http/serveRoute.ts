import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ANONYMOUS, type Principal } from "../auth/Principal.ts";
import type { RowScope } from "../auth/RowScope.ts";
import type { ApiPorts } from "./addApi.ts";
import { correlationOf } from "./createServer.ts";
import { httpErrors } from "./errors.ts";
import { answerOnce, requireIdempotencyKey } from "./idempotency/answerOnce.ts";
import type { StoredAnswer } from "./idempotency/IdempotencyStore.ts";
import {
  type Encoding,
  encodingOf,
  JSON_MEDIA_TYPE,
  negotiate,
  PROTOBUF_MEDIA_TYPE,
  requireAccepted,
} from "./negotiation.ts";
import type { ProtobufCodec } from "./protobuf/createProtobufCodec.ts";
import { answerMessageName, requestMessageName } from "./protobuf/fileDescriptor.ts";
import type { Call, Route } from "./route.ts";
import { requireContentDigest } from "./signatures/contentDigest.ts";
import { validate } from "./validate.ts";
import type { WireSchemas } from "./wireSchemas.ts";

/** Who was let in, and with what view. */
export interface Admitted {
  readonly principal: Principal | undefined;
  readonly rows: RowScope;
  /** A signature covers Content-Digest, which is still to be compared with the body. */
  readonly coversBody: boolean;
}

export interface ServingPorts extends Pick<ApiPorts, "log" | "clock" | "scheduler" | "idempotency"> {
  readonly codec: ProtobufCodec;
  readonly schemas: WireSchemas;
}

/** Checks a request, lets the handler answer it, once for each idempotency key, and sends the answer. */
export async function serveRoute(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  admitted: Admitted,
  ports: ServingPorts,
): Promise<FastifyReply> {
  const body = bodyBytes(request);
  if (admitted.coversBody) requireContentDigest(headerOf(request, "content-digest") ?? "", body);
  const encoding = answerEncoding(route, request);
  const { call, headers } = readCall(route, request, body, admitted, ports);
  const run = async (): Promise<StoredAnswer> =>
    answerOf(route, await route.handle(call), encoding, headers, ports);
  if (call.idempotencyKey === undefined) return send(reply, await run());

  const owner = (admitted.principal ?? ANONYMOUS).id;
  const fingerprint = fingerprintOf(request, body, encoding);
  const once = await answerOnce({ owner, key: call.idempotencyKey, fingerprint }, run, {
    ...ports,
    store: ports.idempotency,
  });
  if (once.isRepeated) reply.header("idempotency-replayed", "true");
  return send(reply, once.answer);
}

function bodyBytes({ body, headers }: FastifyRequest): Uint8Array {
  const coding = headers["content-encoding"];
  if (coding !== undefined && coding !== "identity") {
    throw httpErrors.MEDIA_TYPE_UNSUPPORTED({ contentEncoding: coding.slice(0, 40) });
  }
  return body instanceof Uint8Array ? body : new Uint8Array();
}

function answerEncoding({ shape }: Route, request: FastifyRequest): Encoding | undefined {
  const { accept } = request.headers;
  if ("schema" in shape.answer) return negotiate(accept);
  if ("mediaType" in shape.answer) requireAccepted(accept, shape.answer.mediaType);
  return undefined;
}

/** Everything that a handler is given, checked; and the headers that it sets. */
function readCall(
  route: Route,
  request: FastifyRequest,
  bytes: Uint8Array,
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
  const body = shape.body && validate(shape.body, decodeBody(route, request, bytes, ports), "body");
  const headers: Record<string, string> = {};
  const ifMatch = headerOf(request, "if-match");
  if (shape.precondition === "required" && ifMatch === undefined) throw httpErrors.PRECONDITION_MISSING();
  const call: Call = {
    params,
    query,
    body,
    principal,
    rows,
    correlationId,
    trace,
    ifMatch,
    idempotencyKey: idempotencyKeyOf(route, request),
    signal: request.signal,
    log: ports.log,
    ip: request.ip,
    setHeader: (name, value) => {
      headers[name.toLowerCase()] = value;
    },
  };
  return { call, headers };
}

function decodeBody(route: Route, request: FastifyRequest, bytes: Uint8Array, ports: ServingPorts): unknown {
  if (bytes.length === 0) throw httpErrors.BODY_MISSING();
  if (encodingOf(request.headers["content-type"]) === "protobuf") {
    return ports.codec.decode(requestMessageName(route, ports.schemas) ?? "", bytes);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return JSON.parse(text, refusePrototypes);
  } catch (error) {
    throw httpErrors.BODY_MALFORMED({ reason: "not JSON" }, error);
  }
}

/** A key that would reach an object's prototype where somebody copies it. */
function refusePrototypes(key: string, value: unknown): unknown {
  if (key === "__proto__") throw httpErrors.BODY_MALFORMED({ reason: "__proto__" });
  return value;
}

function idempotencyKeyOf({ shape }: Route, request: FastifyRequest): string | undefined {
  if (shape.idempotency === undefined) return undefined;
  const key = headerOf(request, "idempotency-key");
  if (key !== undefined) return requireIdempotencyKey(key);
  if (shape.idempotency === "required") throw httpErrors.IDEMPOTENCY_KEY_MISSING();
  return undefined;
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.join(", ");
}

function fingerprintOf(
  { method, url }: FastifyRequest,
  body: Uint8Array,
  encoding: Encoding | undefined,
): string {
  return createHash("sha256")
    .update(JSON.stringify([method, url, encoding]))
    .update(body)
    .digest("hex");
}

/** The handler's result in the form that travels. @throws ANSWER_INVALID */
function answerOf(
  route: Route,
  result: unknown,
  encoding: Encoding | undefined,
  headers: Record<string, string>,
  { codec, schemas }: ServingPorts,
): StoredAnswer {
  const { answer, id } = route.shape;
  const { status } = answer;
  if ("mediaType" in answer) {
    const bytes = typeof result === "string" ? Buffer.from(result) : (result as Uint8Array);
    return { status, headers: { ...headers, "content-type": answer.mediaType }, body: bytes };
  }
  if (!("schema" in answer)) return { status, headers, body: new Uint8Array() };
  const wire = z.safeEncode(answer.schema, result);
  if (!wire.success) {
    throw httpErrors.ANSWER_INVALID({ route: id, at: wire.error.issues[0]?.path.join("/") }, wire.error);
  }
  if (encoding === "protobuf") {
    const body = codec.encode(answerMessageName(route, schemas) ?? "", wire.data);
    return { status, headers: { ...headers, "content-type": PROTOBUF_MEDIA_TYPE }, body };
  }
  const type = `${JSON_MEDIA_TYPE}; charset=utf-8`;
  return {
    status,
    headers: { ...headers, "content-type": type },
    body: Buffer.from(JSON.stringify(wire.data)),
  };
}

function send(reply: FastifyReply, { status, headers, body }: StoredAnswer): FastifyReply {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return reply
    .code(status)
    .headers(headers)
    .send(status === 204 ? undefined : bytes);
}
