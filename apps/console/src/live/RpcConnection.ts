import type { TrellisError } from "@trellis/base";
import { consoleErrors, isRefusal } from "../errors.ts";

export type ConnectionState = "connecting" | "live" | "lost";

interface RpcFailure {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Includes the node's code and hint, or the contract's revert data. */
function refusal({ message, data }: RpcFailure): TrellisError {
  if (typeof data === "string")
    return consoleErrors.CONSOLE_REFUSED({ by: "node", reason: message, revertData: data });
  const { code, hint } = (data ?? {}) as { readonly code?: string; readonly hint?: string };
  return consoleErrors.CONSOLE_REFUSED({ by: "node", reason: message, nodeCode: code, nodeHint: hint });
}

const BUSY: ReadonlySet<unknown> = new Set(["RPC_OVERLOADED", "RPC_CALL_TIMED_OUT"]);
const RETRIES_WHEN_LOST = 20;
const RETRIES_WHEN_BUSY = 5;

/** Retries only after lost connections and overload. */
export function isAskedAgain(count: number, error: unknown): boolean {
  if (!isRefusal(error)) return count < RETRIES_WHEN_LOST;
  return BUSY.has(error.facts.nodeCode) && count < RETRIES_WHEN_BUSY;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Subscription {
  readonly method: string;
  readonly params: () => readonly unknown[];
  readonly onMessage: (message: unknown) => void;
}

interface Envelope {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: RpcFailure;
  readonly params?: { readonly subscription: string; readonly result: unknown };
}

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 10_000;
/** The connection is probed after this silence and closed after twice this time. */
const SILENCE_MS = 8_000;

/**
 * JSON-RPC over one WebSocket that reconnects. Requests wait during an outage. A subscription resumes from
 * the position in its `params`, if any.
 */
export class RpcConnection {
  readonly #url: string | undefined;
  #socket: WebSocket | undefined;
  #state: ConnectionState = "connecting";
  #heardAtMs = Date.now();
  #retryMs = RETRY_MS_MIN;
  #nextId = 1;
  #isClosed = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #watchTimer: ReturnType<typeof setInterval>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #queue: string[] = [];
  readonly #subscriptions = new Set<Subscription>();
  readonly #byId = new Map<string, Subscription>();
  readonly #refused = new Map<Subscription, ReturnType<typeof setTimeout>>();
  readonly #listeners = new Set<() => void>();

  /** @param url undefined if the origin has no node. Requests then never settle. */
  constructor(url: string | undefined) {
    this.#url = url;
    this.#open();
    this.#watchTimer = setInterval(() => this.#watch(), SILENCE_MS / 2);
  }

  close(): void {
    clearInterval(this.#watchTimer);
    clearTimeout(this.#retryTimer);
    this.#isClosed = true;
    this.#socket?.close();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  get isTold(): boolean {
    return this.#refused.size === 0;
  }

  onState(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  request<T>(method: string, params: readonly unknown[] = [], signal?: AbortSignal): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      signal?.addEventListener("abort", () => {
        this.#waiting.delete(id);
        reject(signal.reason);
      });
      this.#send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  /** @param params called whenever the subscription starts or resumes */
  subscribe<T>(
    method: string,
    params: () => readonly unknown[],
    onMessage: (message: T) => void,
  ): () => void {
    const subscription: Subscription = { method, params, onMessage: onMessage as (message: unknown) => void };
    this.#subscriptions.add(subscription);
    if (this.#state === "live") void this.#begin(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      if (this.#take(subscription)) this.#tell();
      for (const [id, other] of this.#byId) {
        if (other !== subscription) continue;
        this.#byId.delete(id);
        if (this.#state === "live") this.#end(subscription, id);
      }
    };
  }

  async #begin(subscription: Subscription, retryMs = RETRY_MS_MIN): Promise<void> {
    try {
      const id = await this.request<string>(subscription.method, subscription.params());
      if (!this.#subscriptions.has(subscription)) return this.#end(subscription, id);
      this.#byId.set(id, subscription);
      // Events were missed, so listeners must refetch.
      if (this.#take(subscription)) this.#tell();
    } catch (error) {
      // After a lost connection, the next connection subscribes again.
      if (!isRefusal(error) || !this.#subscriptions.has(subscription)) return;
      const again = () => this.#begin(subscription, Math.min(retryMs * 2, RETRY_MS_MAX));
      this.#refused.set(subscription, setTimeout(again, retryMs));
      this.#tell();
    }
  }

  #end({ method }: Subscription, id: string): void {
    this.request(method.replace("subscribe", "unsubscribe"), [id]).catch(() => {});
  }

  #take(subscription: Subscription): boolean {
    clearTimeout(this.#refused.get(subscription));
    return this.#refused.delete(subscription);
  }

  #open(): void {
    if (this.#url === undefined) return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#retryMs = RETRY_MS_MIN;
      this.#heardAtMs = Date.now();
      this.#setState("live");
      for (const message of this.#queue.splice(0)) socket.send(message);
      for (const subscription of this.#subscriptions) void this.#begin(subscription);
    };
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#byId.clear();
      for (const subscription of [...this.#refused.keys()]) this.#take(subscription);
      const lost = consoleErrors.CONSOLE_LOST({ reason: "the connection to the node was lost" });
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      this.#queue.length = 0;
      this.#setState("lost");
      for (const { reject } of waiting) reject(lost);
      if (this.#isClosed) return;
      this.#retryTimer = setTimeout(() => this.#open(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
    };
  }

  #send(message: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
    else this.#queue.push(message);
  }

  #receive(text: string): void {
    this.#heardAtMs = Date.now();
    const { id, result, error, params } = JSON.parse(text) as Envelope;
    if (params !== undefined) {
      this.#byId.get(params.subscription)?.onMessage(params.result);
      return;
    }
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(refusal(error));
    else waiting?.resolve(result);
  }

  #watch(): void {
    if (this.#state !== "live") return;
    const silenceMs = Date.now() - this.#heardAtMs;
    if (silenceMs > 2 * SILENCE_MS) this.#socket?.close();
    else if (silenceMs > SILENCE_MS) this.request("net_version").catch(() => {});
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
