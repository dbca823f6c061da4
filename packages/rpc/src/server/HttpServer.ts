import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Scheduler } from "@trellis/base";
import { platformErrors } from "@trellis/platform";
import type { ListenerTls } from "@trellis/platform/tls";
import type { RpcGuard } from "../guards/RpcGuard.ts";
import type { RpcOptions } from "../options.ts";

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

const DRAIN_STEP_MS = 20;
const CHECK_INTERVAL_MS_MAX = 1_000;

export interface HttpServerPorts {
  readonly scheduler: Scheduler;
  readonly guard?: Pick<RpcGuard, "connect"> | undefined;
  readonly tls?: ListenerTls | undefined;
}

export class HttpServer {
  readonly #options: RpcOptions;
  readonly #scheduler: Scheduler;
  readonly #server: Server;
  readonly #protocol: "http" | "https";
  #url = "";
  #isClosing = false;

  constructor(
    options: RpcOptions,
    listener: RequestListener,
    onUpgrade: UpgradeListener,
    { scheduler, guard, tls }: HttpServerPorts,
  ) {
    const { times, limits } = options;
    this.#options = options;
    this.#scheduler = scheduler;
    this.#protocol = tls === undefined ? "http" : "https";
    const settings: ServerOptions = {
      headersTimeout: times.headersMs,
      requestTimeout: times.bodyMs,
      keepAliveTimeout: times.idleMs,
      connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS_MAX, Math.ceil(times.headersMs / 4)),
      noDelay: true,
      // Ignores other upgrade offers, as RFC 9110 (section 7.8) allows.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    };
    const calls = new RunningCalls();
    const onRequest: RequestListener = (request, response) => {
      calls.begin(request, response);
      listener(request, response);
    };
    const server: Server =
      tls === undefined ? createServer(settings, onRequest) : tls.createServer(settings, onRequest);
    server.maxConnections = limits.connectionsMax;
    server.setTimeout(times.idleMs, (socket) => {
      if (calls.isRunning(socket)) socket.setTimeout(times.idleMs);
      else socket.destroy();
    });
    server.on("upgrade", onUpgrade);
    if (guard !== undefined) server.on("connection", (socket) => countIn(socket, guard));
    // Refuses large bodies before they are sent. [RPC-16]
    server.on("checkContinue", (request, response) => {
      if (Number(request.headers["content-length"] ?? 0) <= limits.bodyBytesMax) response.writeContinue();
      onRequest(request, response);
    });
    this.#server = server;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  get url(): string {
    return this.#url;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onError = (cause: NodeJS.ErrnoException): void => {
      reject(platformErrors.PORT_UNAVAILABLE({ host, port, reason: cause.code }, cause));
    };
    this.#server.once("error", onError);
    this.#server.listen(port, host, () => {
      this.#server.off("error", onError);
      this.#url = `${this.#protocol}://${authorityOf(this.#server.address() as AddressInfo)}`;
      resolve();
    });
    await promise;
  }

  async close(timeMs: number): Promise<void> {
    if (!this.#server.listening) return;
    this.#isClosing = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    const cut = this.#scheduler.after(timeMs, () => this.#server.closeAllConnections());
    let sweep = this.#scheduler.after(0, () => this.#sweep((next) => (sweep = next)));
    await promise;
    cut.cancel();
    sweep.cancel();
  }

  #sweep(onNext: (timer: ReturnType<Scheduler["after"]>) => void): void {
    this.#server.closeIdleConnections();
    onNext(this.#scheduler.after(DRAIN_STEP_MS, () => this.#sweep(onNext)));
  }
}

/** A devnet's command can take minutes without traffic. Its client waits for the answer. */
class RunningCalls {
  readonly #unanswered = new WeakMap<Socket, Set<() => boolean>>();

  begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const calls = this.#unanswered.get(socket) ?? new Set();
    this.#unanswered.set(socket, calls);
    const isRunning = (): boolean => request.complete && !response.headersSent;
    calls.add(isRunning);
    response.once("close", () => calls.delete(isRunning));
  }

  isRunning(socket: Socket): boolean {
    return [...(this.#unanswered.get(socket) ?? [])].some((isRunning) => isRunning());
  }
}

function countIn(socket: Socket, guard: Pick<RpcGuard, "connect">): void {
  const release = guard.connect(socket.remoteAddress);
  if (release === undefined) socket.destroy();
  else socket.once("close", release);
}

function authorityOf({ address, port, family }: AddressInfo): string {
  return `${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
