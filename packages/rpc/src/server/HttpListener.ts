import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock, Scheduler, TrellisError } from "@trellis/base";
import type { Admission } from "@trellis/platform/admission";
import { rpcErrors } from "../errors.ts";
import { BufferPool } from "../guards/BufferPool.ts";
import { Connection } from "../guards/Connection.ts";
import { clientAddress } from "../guards/clientAddress.ts";
import type { IncomingBytes } from "../guards/IncomingBytes.ts";
import { IntakePace } from "../guards/IntakePace.ts";
import { identifiedIn, refusedCaller } from "../guards/identifiedIn.ts";
import { isFromLocalProgram } from "../guards/localProgram.ts";
import { LARGE, type OutgoingBytes } from "../guards/OutgoingBytes.ts";
import type { RpcCaller, RpcGuard } from "../guards/RpcGuard.ts";
import { countUsage, type RpcUsage } from "../guards/RpcUsage.ts";
import { type Answer, errorAnswer, partsOf, piecesOf, sizeOf, textOf } from "../jsonrpc/answers.ts";
import type { Handler } from "../jsonrpc/createHandler.ts";
import { toJsonRpcError } from "../jsonrpc/errorTable.ts";
import type { RpcLimits } from "../options.ts";
import type { Session } from "../Session.ts";
import { type BodyGuards, readBody } from "./readBody.ts";
import type { Route } from "./routeShards.ts";

interface HttpPorts {
  readonly route: Route;
  readonly admission: Admission;
  readonly limits: Pick<RpcLimits, "bodyBytesMax">;
  readonly incoming: IncomingBytes;
  readonly outgoing: OutgoingBytes;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly isClosing: () => boolean;
  readonly guard?: RpcGuard | undefined;
  readonly usage?: RpcUsage | undefined;
  readonly onRefused: (reason: string) => void;
}

interface Posted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
  readonly handle: Handler;
}

const JSON_TYPES = new Set(["application/json", "application/json-rpc", "application/jsonrequest"]);
const HOST_REFUSED = "invalid host specified: --rpc-hosts allows names besides localhost";
const ORIGIN_REFUSED = "origin not allowed: --rpc-origins allows web pages by origin";
const HELP = "JSON-RPC 2.0: POST application/json here, or connect by WebSocket to the same port.\n";
/** Time for the client to read a refusal. */
const LINGER_MS = 500;
const PREFLIGHT_SECONDS = "600";
const EXPOSED = "RateLimit, RateLimit-Policy, Retry-After";

export class HttpListener {
  readonly #ports: HttpPorts;
  readonly #guards: BodyGuards;
  readonly #connections = new WeakMap<Socket, Connection>();

  constructor(ports: HttpPorts) {
    const { incoming, scheduler, clock } = ports;
    this.#ports = ports;
    this.#guards = { incoming, buffers: new BufferPool(), pace: new IntakePace(clock), scheduler };
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { method, headers } = request;
    const { admission } = this.#ports;
    const { origin } = headers;
    if (!admission.admitsHost(headers.host)) this.#refuse(request, response, 403, invalid(HOST_REFUSED));
    else if (!admission.admitsOrigin(origin)) this.#refuse(request, response, 403, invalid(ORIGIN_REFUSED));
    else if (method === "POST") this.#answerPost(request, response);
    else if (method === "OPTIONS") this.#answerPreflight(request, response);
    else if (method === "GET" || method === "HEAD") this.#answerHelp(request, response);
    else this.#refuse(request, response, 405, invalid("method not allowed"));
  }

  #answerPost(request: IncomingMessage, response: ServerResponse): void {
    const { headers } = request;
    if (!isJson(headers["content-type"])) {
      this.#refuse(
        request,
        response,
        415,
        invalid("invalid content type, only application/json is supported"),
      );
      return;
    }
    const handle = this.#handlerOf(request, response);
    if (handle === undefined) return;
    const connection = this.#connectionOf(request.socket);
    const refuse = (error: unknown): void => this.#refuseCaller(request, response, error);
    try {
      const caller = identifiedIn(connection, request, this.#ports.guard);
      if (caller instanceof Promise)
        void caller.then((known) => this.#answerTo(known, { request, response, connection, handle }), refuse);
      else this.#answerTo(caller, { request, response, connection, handle });
    } catch (error) {
      refuse(error);
    }
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection = new Connection();
    this.#connections.set(socket, connection);
    // Such as bytes of a refusal.
    connection.onGone(() => countUsage(this.#ports.usage, socket, connection.lastCaller, 0));
    if (socket.destroyed) connection.end();
    else socket.once("close", () => connection.end());
    return connection;
  }

  /** Undefined: the request is refused. */
  #handlerOf(request: IncomingMessage, response: ServerResponse): Handler | undefined {
    try {
      return this.#ports.route(request.url);
    } catch (error) {
      this.#refuse(request, response, 404, error as TrellisError);
      return undefined;
    }
  }

  #answerTo(caller: RpcCaller | undefined, { request, response, connection, handle }: Posted): void {
    const answered = (given: Answer | undefined, session: Session): void => {
      session.releaseMessage?.();
      // "close" may not fire again for a pipelined response.
      if (!connection.isGone) this.#send(request, response, session, given);
      countUsage(this.#ports.usage, request.socket, session.caller, session.calls ?? 1);
    };
    const { bodyBytesMax } = this.#ports.limits;
    readBody(request, bodyBytesMax, this.#guards, {
      onBody: (body, release) => {
        const problem = problemOf(body, caller);
        if (problem !== undefined) {
          release();
          this.#refuseCaller(request, response, problem);
          return;
        }
        const { clock, scheduler } = this.#ports;
        const start = (): void => {
          run(handle, body, sessionOf(request, connection, clock.nowMs(), caller, release), answered);
        };
        const delayMs = caller === undefined ? 0 : caller.delayMs;
        if (delayMs === 0) start();
        else scheduler.after(delayMs, start);
      },
      onTooLarge: (got) => {
        caller?.offend("malformed");
        this.#refuse(request, response, 413, invalid(`content length too large (${got}>${bodyBytesMax})`));
      },
      onOverloaded: (got) => this.#refuse(request, response, 503, rpcErrors.RPC_OVERLOADED({ got })),
    });
  }

  #send(
    { socket, headers: { origin } }: IncomingMessage,
    response: ServerResponse,
    session: Session,
    answer: Answer | undefined,
  ): void {
    if (response.destroyed) return;
    const headers = this.#answerHeaders(session, origin);
    if (answer === undefined) {
      response.writeHead(204, headers).end();
      return;
    }
    const { connection, refusal } = session;
    const size = sizeOf(answer);
    if (!this.#ports.outgoing.admit(size)) {
      this.#write(
        response,
        200,
        headers,
        errorAnswer("null", toJsonRpcError(rpcErrors.RPC_OVERLOADED({ size }))),
      );
      return;
    }
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#ports.outgoing.release(size);
      countUsage(this.#ports.usage, socket, session.caller, 0);
      forget();
    };
    // After an upgrade, "close" never fires for a pipelined response.
    const forget = connection.onGone(release);
    response.once("close", release);
    this.#write(response, refusal?.status ?? 200, headers, answer);
  }

  #write(response: ServerResponse, status: number, headers: string[], answer: Answer): void {
    const length = partsOf(answer).reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    headers.push("Content-Type", "application/json", "Content-Length", `${length}`);
    response.writeHead(status, headers);
    if (length < LARGE) response.end(textOf(answer));
    else void writeInPieces(response, answer);
  }

  #commonHeaders(origin: string | undefined): string[] {
    const headers = origin === undefined ? [] : ["Access-Control-Allow-Origin", origin, "Vary", "Origin"];
    if (this.#ports.isClosing()) headers.push("Connection", "close");
    return headers;
  }

  #answerHeaders({ caller, refusal }: Session, origin: string | undefined): string[] {
    const headers = this.#commonHeaders(origin);
    if (caller === undefined) return headers;
    const fields = caller.fields();
    if (fields.length > 0) {
      headers.push(...fields);
      if (origin !== undefined) headers.push("Access-Control-Expose-Headers", EXPOSED);
    }
    if (refusal?.retryAfterS !== undefined) headers.push("Retry-After", `${refusal.retryAfterS}`);
    return headers;
  }

  #answerPreflight(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const headers = this.#commonHeaders(request.headers.origin);
    headers.push("Access-Control-Allow-Methods", "POST, GET", "Access-Control-Max-Age", PREFLIGHT_SECONDS);
    // `*` does not cover Authorization (Fetch, section 3.3.3).
    headers.push("Access-Control-Allow-Headers", this.#ports.guard === undefined ? "*" : "*, Authorization");
    if (request.headers["access-control-request-private-network"] === "true") {
      headers.push("Access-Control-Allow-Private-Network", "true");
    }
    response.writeHead(204, headers).end();
  }

  #answerHelp(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    response.writeHead(200, [...this.#commonHeaders(request.headers.origin), "Content-Type", "text/plain"]);
    response.end(request.method === "HEAD" ? undefined : HELP);
  }

  #refuseCaller(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { status, headers, known } = refusedCaller(error);
    this.#refuse(request, response, status, known, headers);
  }

  /** Closes the connection, so that the rest of the body is not received. */
  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    error: TrellisError,
    fields: readonly string[] = [],
  ): void {
    const { admission, scheduler, onRefused } = this.#ports;
    onRefused(`${status}`);
    const caller = this.#connectionOf(request.socket).callerOf(request.headers);
    countUsage(this.#ports.usage, request.socket, caller, 1);
    const body = errorAnswer("null", toJsonRpcError(error));
    const length = `${Buffer.byteLength(body)}`;
    const { origin } = request.headers;
    const mayRead = [...(admission.admitsOrigin(origin) ? this.#commonHeaders(origin) : []), ...fields];
    response.shouldKeepAlive = false;
    response.writeHead(status, [...mayRead, "Content-Type", "application/json", "Content-Length", length]);
    response.write(body);
    // Ending the response before the request is complete would reset the connection.
    request.resume();
    if (request.complete) response.end();
    else request.once("end", () => response.end());
    const timer = scheduler.after(LINGER_MS, () => request.socket.destroy());
    request.socket.once("close", () => timer.cancel());
  }
}

/** No closure here captures the body: a session may release it before the answer. */
function run(
  handle: Handler,
  body: Buffer,
  session: Session,
  answered: (given: Answer | undefined, session: Session) => void,
): void {
  const answer = handle(body, session);
  if (answer instanceof Promise) void answer.then((given) => answered(given, session));
  else answered(answer, session);
}

function problemOf(body: Buffer, caller: RpcCaller | undefined): unknown {
  try {
    caller?.verifyBody?.(body);
    return undefined;
  } catch (error) {
    caller?.offend("malformed");
    return error;
  }
}

function invalid(reason: string): TrellisError {
  return rpcErrors.RPC_REQUEST_INVALID({ reason });
}

/** Buffers at most one piece of the answer. */
async function writeInPieces(response: ServerResponse, answer: Answer): Promise<void> {
  for (const piece of piecesOf(answer)) {
    if (response.destroyed) return;
    if (!response.write(piece)) await roomIn(response);
  }
  response.end();
}

function roomIn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off("drain", settle);
      response.off("close", settle);
      resolve();
    };
    response.once("drain", settle);
    response.once("close", settle);
  });
}

function sessionOf(
  request: IncomingMessage,
  connection: Connection,
  arrivedMs: number,
  caller: RpcCaller | undefined,
  releaseMessage: () => void,
): Session {
  const { traceparent } = request.headers;
  return {
    connection,
    caller,
    address: caller === undefined ? clientAddress(request) : caller.address,
    arrivedMs,
    subscriptions: undefined,
    isLocalProgram: isFromLocalProgram(request),
    traceparent: typeof traceparent === "string" ? traceparent : undefined,
    refusal: undefined,
    releaseMessage,
  };
}

function isJson(contentType: string | undefined): boolean {
  if (contentType === "application/json") return true;
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  return type !== undefined && JSON_TYPES.has(type);
}
