import type { TrellisError } from "@trellis/base";
import type { Connection } from "../../guards/Connection.ts";
import type { Client, Emit, Session } from "../../Session.ts";
import type { EngineAnswer, FromEngine, SentRequest, Timing, ToEngine } from "./messages.ts";

interface Asked {
  readonly answer: PromiseWithResolvers<EngineAnswer>;
  readonly forget: () => void;
}

interface Subscribed {
  readonly emit: Emit;
  readonly client: Client;
  readonly number: number;
}

const SUBSCRIBES = /^(eth|trellis)_subscribe$/;

/** Methods of a shard whose chain is in another thread. Sockets, limits and callers stay in this one. [RPC-33] */
export class RemoteEngine {
  readonly #post: (message: ToEngine) => void;
  readonly #asked = new Map<number, Asked>();
  readonly #subscribed = new Map<string, Subscribed>();
  readonly #clients = new WeakMap<Connection, number>();
  readonly #messages = new WeakMap<Session, number>();
  #last = 0;
  #failure: TrellisError | undefined;

  constructor(post: (message: ToEngine) => void) {
    this.#post = post;
  }

  /** @throws RPC_LIMIT_EXCEEDED, RPC_SUBSCRIPTIONS_UNSUPPORTED, and why the thread ended */
  async call(
    session: Session,
    request: SentRequest,
    { sinceMs, timeMs, sizeMax }: Timing,
  ): Promise<EngineAnswer> {
    if (this.#failure !== undefined) throw this.#failure;
    const { connection } = session;
    const message = numberOf(this.#messages, session, () => this.#next());
    const subscription = this.#open(session, request);
    const id = this.#next();
    const forget = connection.onGone(() => this.#post({ kind: "gone", message }));
    const answer = Promise.withResolvers<EngineAnswer>();
    this.#asked.set(id, { answer, forget });
    const timing = { sinceMs, timeMs, sizeMax };
    this.#post({ kind: "call", id, message, session: sent(session), request, timing, subscription });
    const answered = await answer.promise;
    if (subscription !== undefined && !answered.isSubscribed) session.subscriptions?.close(subscription.id);
    return answered;
  }

  receive(message: FromEngine): void {
    if (message.kind === "answered") this.#take(message.id)?.answer.resolve(message);
    else if (message.kind === "notified") this.#subscribed.get(message.subscription)?.emit(message.json);
    else [...this.#subscribed.values()].find(({ number }) => number === message.client)?.client.disconnect();
  }

  /** Whether the protocol permits the message now. */
  expects(message: FromEngine): boolean {
    return message.kind !== "answered" || this.#asked.has(message.id);
  }

  fail(error: TrellisError): void {
    this.#failure = error;
    for (const id of [...this.#asked.keys()]) this.#take(id)?.answer.reject(error);
  }

  #take(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    asked?.forget();
    return asked;
  }

  /** The id is known, and the limit is checked, before the engine opens it. */
  #open({ subscriptions, connection }: Session, { method }: SentRequest) {
    const namespace = SUBSCRIBES.exec(method)?.[1];
    if (namespace === undefined || subscriptions === undefined) return undefined;
    const number = numberOf(this.#clients, connection, () => this.#next());
    const id = subscriptions.open(namespace, (emit, client, opened) => {
      this.#subscribed.set(opened, { emit, client, number });
      return () => {
        this.#subscribed.delete(opened);
        this.#post({ kind: "unsubscribe", subscription: opened });
      };
    });
    return { client: number, id };
  }

  #next(): number {
    return ++this.#last;
  }
}

function sent({ address, arrivedMs, isLocalProgram, caller, batchBytes, traceparent }: Session) {
  return {
    address,
    arrivedMs,
    isLocalProgram,
    isReserved: caller?.isReserved ?? true,
    batchBytes,
    traceparent,
  };
}

function numberOf<K extends WeakKey>(numbers: WeakMap<K, number>, key: K, next: () => number): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  const number = next();
  numbers.set(key, number);
  return number;
}
