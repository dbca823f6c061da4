import { LruMap, type TrellisError } from "@trellis/base";
import { Connection } from "../../guards/Connection.ts";
import { packError } from "../../reads/pool/messages.ts";
import type { Client, Session, StartTopic, SubscriptionHolder } from "../../Session.ts";
import type { MethodCalls } from "../MethodCalls.ts";
import { rawJson } from "../parseMessage.ts";
import { CallerElsewhere } from "./CallerElsewhere.ts";
import type { FromEngine, ToEngine } from "./messages.ts";

type CallMessage = Extract<ToEngine, { kind: "call" }>;

interface Message {
  readonly session: Session;
  readonly caller: CallerElsewhere;
  /** Of the running call: calls that subscribe never run concurrently. */
  subscription: CallMessage["subscription"];
  isSubscribed: boolean;
}

interface HostedClient extends Client {
  subscriptions: number;
}

/** More than run at once: 1,024 calls wait in each of three lanes. */
const MESSAGES_MAX = 8_192;

/** Runs the calls of a `RemoteEngine`, in the thread of their shard. [RPC-33] */
export class ServedEngine {
  readonly #calls: Pick<MethodCalls, "answer">;
  readonly #post: (message: FromEngine) => void;
  readonly #messages = new LruMap<number, Message>(MESSAGES_MAX);
  readonly #clients = new Map<number, HostedClient>();
  readonly #stops = new Map<string, () => void>();

  constructor(calls: Pick<MethodCalls, "answer">, post: (message: FromEngine) => void) {
    this.#calls = calls;
    this.#post = post;
  }

  receive(message: ToEngine): void {
    if (message.kind === "call") void this.#answer(message);
    else if (message.kind === "gone") this.#messages.get(message.message)?.session.connection.end();
    else this.#unsubscribe(message.subscription);
  }

  async #answer(call: CallMessage): Promise<void> {
    const message = this.#messageOf(call);
    const { idJson, method, params } = call.request;
    message.subscription = call.subscription;
    message.isSubscribed = false;
    let ended: TrellisError | undefined;
    const endBatch = (error: TrellisError): void => {
      ended = error;
    };
    const entry = { jsonrpc: "2.0", id: rawJson(idJson), method, params };
    const answer = await this.#calls.answer(entry, message.session, { ...call.timing, endBatch });
    this.#post({
      kind: "answered",
      id: call.id,
      answer: answer ?? "",
      ...message.caller.settled(),
      ends: ended && packError(ended),
      isSubscribed: message.isSubscribed,
    });
  }

  #messageOf({ message: number, session: sent }: CallMessage): Message {
    const known = this.#messages.get(number);
    if (known !== undefined) return known;
    const { address, arrivedMs, isLocalProgram, isReserved, batchBytes, traceparent } = sent;
    const caller = new CallerElsewhere(address, isReserved);
    const subscriptions: SubscriptionHolder = {
      open: (_, start) => this.#subscribe(message, start),
      // The other thread answers these calls.
      close: () => false,
    };
    const session: Session = {
      connection: new Connection(),
      address,
      arrivedMs,
      isLocalProgram,
      traceparent,
      caller,
      get subscriptions() {
        return message.subscription && subscriptions;
      },
      ...(batchBytes === undefined ? {} : { batchBytes }),
    };
    const message: Message = { session, caller, subscription: undefined, isSubscribed: false };
    this.#messages.set(number, message);
    return message;
  }

  #subscribe(message: Message, start: StartTopic): string {
    const { id, client: number } = message.subscription!;
    const client = this.#clients.get(number) ?? {
      subscriptions: 0,
      disconnect: () => this.#post({ kind: "lagging", client: number }),
    };
    // Slow readers are found where the socket is.
    const emit = (json: string, onSent?: () => void): void => {
      this.#post({ kind: "notified", subscription: id, json });
      onSent?.();
    };
    const stop = start(emit, client, id);
    client.subscriptions++;
    this.#clients.set(number, client);
    this.#stops.set(id, () => {
      stop();
      if (--client.subscriptions === 0) this.#clients.delete(number);
    });
    message.isSubscribed = true;
    return id;
  }

  #unsubscribe(id: string): void {
    const stop = this.#stops.get(id);
    this.#stops.delete(id);
    stop?.();
  }
}
