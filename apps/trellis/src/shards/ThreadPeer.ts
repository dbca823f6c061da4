import type { TrellisError } from "@trellis/base";
import type { Awaitable } from "@trellis/protocol";
import { packError, unpackError } from "@trellis/rpc";

// biome-ignore lint/suspicious/noExplicitAny: any function is a call.
type Calls<T> = { readonly [K in keyof T]: (...args: any[]) => unknown };
type Name<T> = Extract<keyof T, string>;
type Arguments<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown ? A : never;
type Answer<T, K extends keyof T> = T[K] extends (...args: never) => infer R ? Awaited<R> : never;
/** Each call is served, at once or later. */
export type Served<T> = {
  readonly [K in keyof T]: (...args: Arguments<T, K>) => Awaitable<Answer<T, K>>;
};

type Message =
  /** Undefined id: without an answer. */
  | {
      readonly kind: "call";
      readonly id: number | undefined;
      readonly name: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: unknown };

/** One side of a channel between two threads, which call each other. */
export class ThreadPeer<Theirs extends Calls<Theirs>, Own extends Calls<Own>> {
  readonly #post: (message: Message) => void;
  readonly #own: Served<Own>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #onFault: (error: unknown) => void;
  #lastId = 0;
  #failure: TrellisError | undefined;

  /** @param onFault of a call without an answer */
  constructor(post: (message: Message) => void, own: Served<Own>, onFault: (error: unknown) => void) {
    this.#post = post;
    this.#own = own;
    this.#onFault = onFault;
  }

  /** @throws errors of the other side, and why its thread ended */
  async ask<K extends Name<Theirs>>(name: K, ...args: Arguments<Theirs, K>): Promise<Answer<Theirs, K>> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#post({ kind: "call", id, name, args });
    return (await waiting.promise) as Answer<Theirs, K>;
  }

  tell<K extends Name<Theirs>>(name: K, ...args: Arguments<Theirs, K>): void {
    if (this.#failure === undefined) this.#post({ kind: "call", id: undefined, name, args });
  }

  /** Whether the protocol permits the message now. */
  expects(message: unknown): message is Message {
    if (typeof message !== "object" || message === null) return false;
    const { kind, id, name, args } = message as Readonly<Record<string, unknown>>;
    if (kind === "call")
      return typeof name === "string" && Object.hasOwn(this.#own, name) && Array.isArray(args);
    return (kind === "answer" || kind === "refusal") && typeof id === "number" && this.#waiting.has(id);
  }

  receive(message: Message): void {
    if (message.kind === "call") return void this.#serve(message);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "answer") waiting?.resolve(message.value);
    else waiting?.reject(unpackError(message.error));
  }

  fail(error: TrellisError): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #serve({ id, name, args }: Extract<Message, { kind: "call" }>): Promise<void> {
    try {
      const call = this.#own[name as Name<Own>] as (...given: readonly unknown[]) => unknown;
      const value = await call(...args);
      if (id !== undefined) this.#post({ kind: "answer", id, value });
    } catch (error) {
      if (id === undefined) this.#onFault(error);
      else this.#post({ kind: "refusal", id, error: packError(error) });
    }
  }
}
