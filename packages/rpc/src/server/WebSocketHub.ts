import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock, Log, Scheduler, Timer } from "@trellis/base";
import type { Admission } from "@trellis/platform/admission";
import type { Awaitable } from "@trellis/protocol";
import { WebSocketServer } from "ws";
import { clientAddress } from "../guards/clientAddress.ts";
import type { IncomingBytes } from "../guards/IncomingBytes.ts";
import { arrivalOf, refusedCaller } from "../guards/identifiedIn.ts";
import { isFromLocalProgram } from "../guards/localProgram.ts";
import type { OutgoingBytes } from "../guards/OutgoingBytes.ts";
import type { RpcCaller, RpcGuard } from "../guards/RpcGuard.ts";
import { countUsage, type RpcUsage } from "../guards/RpcUsage.ts";
import type { Handler } from "../jsonrpc/createHandler.ts";
import type { RpcLimits, RpcTimes } from "../options.ts";
import { meterMessages } from "./meterMessages.ts";
import type { Route } from "./routeShards.ts";
import { WebSocketConnection } from "./WebSocketConnection.ts";

interface WebSocketPorts {
  readonly route: Route;
  readonly admission: Admission;
  readonly limits: RpcLimits;
  readonly incoming: IncomingBytes;
  readonly outgoing: OutgoingBytes;
  readonly times: Pick<RpcTimes, "pingMs" | "bodyMs">;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly guard?: RpcGuard | undefined;
  readonly usage?: RpcUsage | undefined;
  readonly onRefused: (reason: string) => void;
  readonly onCount: (count: number) => void;
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Ends a handshake that takes too long. */
  readonly cut: Timer;
  readonly handle: Handler;
}

/** Time for the handshake, or to read a refusal. */
const HANDSHAKE_MS = 500;
/** Retry-After in s, for clients with too many WebSockets. */
const RETRY_S = "10";

/** A fragment takes 100 bytes of memory. */
const FRAGMENTS_MAX = 1_536;
/** A TCP chunk of an incomplete frame takes several hundred bytes. */
const CHUNKS_MAX = 8_192;

export class WebSocketHub {
  readonly #ports: WebSocketPorts;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<WebSocketConnection>();
  readonly #total = { count: 0 };
  #pinging: Timer | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(ports: WebSocketPorts) {
    this.#ports = ports;
    // No compression: it at best halves hexadecimal data.
    const maxPayload = ports.limits.bodyBytesMax;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload,
      maxFragments: FRAGMENTS_MAX,
      maxBufferedChunks: CHUNKS_MAX,
    });
    this.#pingLater();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { admission, scheduler } = this.#ports;
    const { host, origin } = request.headers;
    socket.on("error", () => socket.destroy());
    // The HTTP server applies no timeouts to upgraded sockets, but waits for them on close.
    const cut = scheduler.after(HANDSHAKE_MS, () => socket.destroy());
    socket.once("close", () => cut.cancel());
    const isAdmitted = admission.admitsHost(host) && admission.admitsOrigin(origin);
    if (!isAdmitted || this.#pinging === undefined) {
      this.#refuse(socket, isAdmitted ? 503 : 403);
      return;
    }
    const handle = this.#handlerOf(request);
    if (handle === undefined) {
      this.#refuse(socket, 404);
      return;
    }
    const accept = (caller: RpcCaller | undefined): void =>
      this.#accept({ request, socket, head, cut, handle }, caller);
    const refuse = (error: unknown): void => {
      const { status, headers } = refusedCaller(error);
      this.#refuse(socket, status, headers);
    };
    try {
      const caller = this.#identify(request);
      if (caller instanceof Promise) void caller.then(accept, refuse);
      else accept(caller);
    } catch (error) {
      refuse(error);
    }
  }

  #identify(request: IncomingMessage): Awaitable<RpcCaller> | undefined {
    return this.#ports.guard?.identify(arrivalOf(request));
  }

  #handlerOf({ url }: IncomingMessage): Handler | undefined {
    try {
      return this.#ports.route(url);
    } catch {
      return undefined;
    }
  }

  #accept({ request, socket, head, cut, handle }: Upgrade, caller: RpcCaller | undefined): void {
    if (socket.destroyed) return;
    const release = caller?.open();
    if (caller !== undefined && release === undefined) {
      this.#refuse(socket, 429, ["Retry-After", RETRY_S]);
      return;
    }
    if (release !== undefined) socket.once("close", release);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      cut.cancel();
      const { incoming, log, times, clock } = this.#ports;
      const onTooMuch = (message: string): void => {
        // The rest of the chunk may still be parsed.
        if (webSocket.readyState !== webSocket.OPEN) return;
        log.warn("websocket.closed", { holding: incoming.bytes, message });
        webSocket.terminate();
      };
      meterMessages(socket, webSocket, times.bodyMs, { incoming, clock, onTooMuch });
      const connection = new WebSocketConnection(
        webSocket,
        {
          ...this.#ports,
          handle,
          total: this.#total,
          count: (by, calls) => countUsage(this.#ports.usage, socket as Socket, by, calls),
        },
        {
          address: caller === undefined ? clientAddress(request) : caller.address,
          isLocalProgram: isFromLocalProgram(request),
          caller,
        },
        () => this.#identify(request),
      );
      this.#connections.add(connection);
      this.#ports.onCount(this.#connections.size);
      webSocket.once("close", () => this.#forget(connection));
    });
  }

  async close(timeMs: number): Promise<void> {
    this.#pinging?.cancel();
    this.#pinging = undefined;
    if (this.#connections.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    for (const connection of this.#connections) connection.close();
    const timer = this.#ports.scheduler.after(timeMs, () => {
      for (const connection of this.#connections) connection.terminate();
      resolve();
    });
    await promise;
    timer.cancel();
  }

  #forget(connection: WebSocketConnection): void {
    this.#connections.delete(connection);
    this.#ports.onCount(this.#connections.size);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #pingLater(): void {
    this.#pinging = this.#ports.scheduler.after(this.#ports.times.pingMs, () => {
      for (const connection of this.#connections) connection.checkAlive();
      this.#pingLater();
    });
  }

  #refuse(socket: Duplex, status: number, fields: readonly string[] = []): void {
    this.#ports.onRefused(`${status}`);
    const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, "Connection: close", "Content-Length: 0"];
    for (let at = 0; at < fields.length; at += 2) lines.push(`${fields[at]}: ${fields[at + 1]}`);
    socket.end(`${lines.join("\r\n")}\r\n\r\n`, () => socket.destroy());
  }
}
