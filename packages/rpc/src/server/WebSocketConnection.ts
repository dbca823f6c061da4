import type { Clock, Log, Scheduler } from "@trellis/base";
import type { Awaitable } from "@trellis/protocol";
import type { WebSocket } from "ws";
import { rpcErrors } from "../errors.ts";
import { Connection } from "../guards/Connection.ts";
import type { IncomingBytes } from "../guards/IncomingBytes.ts";
import { LARGE, type OutgoingBytes } from "../guards/OutgoingBytes.ts";
import type { RpcCaller } from "../guards/RpcGuard.ts";
import { type Answer, type AnswerPart, notification, piecesOf, sizeOf, textOf } from "../jsonrpc/answers.ts";
import type { Handler } from "../jsonrpc/createHandler.ts";
import type { RpcLimits } from "../options.ts";
import type { Client, Session, StartTopic, SubscriptionHolder } from "../Session.ts";
import { randomId } from "../systemIds.ts";

interface ConnectionPorts {
  readonly handle: Handler;
  readonly limits: Pick<RpcLimits, "subscriptionsMax" | "subscriptionsTotalMax" | "sendBufferBytesMax">;
  readonly total: { count: number };
  /** Also counts bytes since its last call. */
  readonly count: (caller: RpcCaller | undefined, calls: number) => void;
  readonly incoming: IncomingBytes;
  readonly outgoing: OutgoingBytes;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export type Peer = Pick<Session, "address" | "isLocalProgram" | "caller">;

interface Notification {
  readonly json: string;
  readonly onSent: (() => void) | undefined;
}

interface Waiting {
  readonly answer: Answer;
  readonly onSent: () => void;
}

interface Subscription {
  readonly namespace: string;
  stop: () => void;
  /** Notifications wait until the client has the id. */
  held: Notification[] | undefined;
}

/** RFC 6455 (section 7.4.1) and its registry. */
const GOING_AWAY = 1001;
const POLICY_VIOLATED = 1008;
const TRY_AGAIN_LATER = 1013;
/** At this many running requests, reading pauses. */
const UNDER_WAY_MAX = 256;

export class WebSocketConnection implements Client {
  readonly #socket: WebSocket;
  readonly #handle: Handler;
  readonly #limits: ConnectionPorts["limits"];
  readonly #total: ConnectionPorts["total"];
  readonly #count: ConnectionPorts["count"];
  readonly #incoming: IncomingBytes;
  readonly #outgoing: OutgoingBytes;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #log: Log;
  #peer: Peer;
  readonly #identify: () => Awaitable<RpcCaller> | undefined;
  readonly #connection = new Connection();
  readonly #subscriptions = new Map<string, Subscription>();
  /** Messages to send; the first is being sent in fragments. */
  readonly #waiting: Waiting[] = [];
  /** Characters or bytes. */
  #waitingSize = 0;
  #heldSize = 0;
  #underWay = 0;
  /** Bytes of requests in progress, counted as one message. */
  #bytesUnderWay = 0;
  #isSlowed = false;
  #identifying: Promise<void> | undefined;
  #isAlive = true;
  #isClosing = false;

  constructor(
    socket: WebSocket,
    { handle, limits, total, count, incoming, outgoing, clock, scheduler, log }: ConnectionPorts,
    peer: Peer,
    identify: () => Awaitable<RpcCaller> | undefined,
  ) {
    this.#peer = peer;
    this.#identify = identify;
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#socket = socket;
    this.#handle = handle;
    this.#limits = limits;
    this.#total = total;
    this.#count = count;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#log = log;
    socket.on("message", (data: Buffer) => this.#receive(data));
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    socket.on("close", () => this.#release());
    socket.on("error", (error) => log.debug("websocket.failed", { error }));
  }

  checkAlive(): void {
    this.#count(this.#peer.caller, 0);
    // Messages also do this, but some clients send none.
    this.#identifyAgain();
    if (this.#isAlive) this.#socket.ping();
    else this.#socket.terminate();
    this.#isAlive = false;
  }

  /** Closes after the running requests are answered. [RPC-20] */
  close(): void {
    this.#isClosing = true;
    if (this.#underWay > 0 || this.#waiting.length > 0) return;
    this.#socket.close(GOING_AWAY, "server stops");
  }

  terminate(): void {
    this.#socket.terminate();
  }

  disconnect(): void {
    this.#log.info("websocket.closed", {
      subscriptions: this.#subscriptions.size,
      message: "The client reads its subscriptions too slowly.",
    });
    this.#socket.terminate();
  }

  #receive(message: Buffer): void {
    const identified = this.#identifyAgain();
    if (identified === undefined) this.#process(message);
    else void identified.then(() => this.#process(message));
  }

  #process(message: Buffer): void {
    if (this.#isClosing || this.#socket.readyState !== this.#socket.OPEN) return;
    let size = message.length;
    if (!this.#incoming.resize(this.#bytesUnderWay, this.#bytesUnderWay + size)) {
      this.#log.warn("websocket.closed", {
        holding: this.#incoming.bytes,
        size,
        message: "Requests of all clients exceed the limit.",
      });
      this.#socket.terminate();
      return;
    }
    this.#bytesUnderWay += size;
    const releaseMessage = (): void => {
      this.#countReleased(size);
      size = 0;
    };
    const delayMs = this.#peer.caller?.delayMs ?? 0;
    if (delayMs > 0 && !this.#isSlowed) this.#slow(delayMs);
    const opened: Subscription[] = [];
    const session: Session = {
      ...this.#peer,
      connection: this.#connection,
      arrivedMs: this.#clock.nowMs(),
      subscriptions: this.#holder(opened),
      releaseMessage,
    };
    const answer = this.#handle(message, session);
    if (!(answer instanceof Promise)) {
      releaseMessage();
      this.#answer(answer, opened);
      this.#count(session.caller, session.calls ?? 1);
      return;
    }
    this.#underWay++;
    if (this.#underWay >= UNDER_WAY_MAX) this.#socket.pause();
    void answer.then((given) => {
      this.#underWay--;
      releaseMessage();
      this.#readOn();
      this.#answer(given, opened);
      this.#count(session.caller, session.calls ?? 1);
      if (this.#isClosing) this.close();
    });
  }

  /**
   * Acts only if settings, bans or reputation changed or credentials expired. Messages wait: permissions may
   * have been revoked.
   */
  #identifyAgain(): Promise<void> | undefined {
    if (this.#identifying !== undefined || this.#peer.caller?.isCurrent !== false) return this.#identifying;
    const become = (caller: RpcCaller | undefined): void => {
      this.#peer = { ...this.#peer, caller };
    };
    const refuse = (): void => this.#socket.close(POLICY_VIOLATED, "refused");
    try {
      const caller = this.#identify();
      if (caller instanceof Promise) {
        this.#socket.pause();
        this.#identifying = caller.then(become, refuse).then(() => {
          this.#identifying = undefined;
          this.#readOn();
        });
      } else become(caller);
    } catch {
      refuse();
    }
    return this.#identifying;
  }

  #slow(delayMs: number): void {
    this.#isSlowed = true;
    this.#socket.pause();
    this.#scheduler.after(delayMs, () => {
      this.#isSlowed = false;
      this.#readOn();
    });
  }

  #readOn(): void {
    const mayRead = !this.#isSlowed && this.#identifying === undefined && this.#underWay < UNDER_WAY_MAX;
    if (this.#socket.isPaused && mayRead) this.#socket.resume();
  }

  #countReleased(size: number): void {
    this.#incoming.resize(this.#bytesUnderWay, this.#bytesUnderWay - size);
    this.#bytesUnderWay -= size;
  }

  #answer(answer: Answer | undefined, opened: readonly Subscription[]): void {
    if (answer !== undefined) this.#send(answer);
    for (const subscription of opened) {
      const held = subscription.held ?? [];
      subscription.held = undefined;
      for (const { json, onSent } of held) {
        this.#heldSize -= json.length;
        this.#send(json, onSent);
      }
    }
  }

  #holder(opened: Subscription[]): SubscriptionHolder {
    return {
      open: (namespace, start) => {
        const { id, subscription } = this.#open(namespace, start);
        opened.push(subscription);
        return id;
      },
      close: (id) => this.#close(id),
    };
  }

  #open(namespace: string, start: StartTopic): { id: string; subscription: Subscription } {
    // Nothing would stop a disconnected client's subscription.
    if (this.#socket.readyState !== this.#socket.OPEN) throw rpcErrors.RPC_SUBSCRIPTIONS_UNSUPPORTED();
    const { subscriptionsMax } = this.#limits;
    if (this.#subscriptions.size >= subscriptionsMax) {
      throw rpcErrors.RPC_LIMIT_EXCEEDED({ reason: "too many subscriptions", subscriptionsMax });
    }
    const { subscriptionsTotalMax } = this.#limits;
    if (this.#total.count >= subscriptionsTotalMax) {
      throw rpcErrors.RPC_LIMIT_EXCEEDED({ reason: "too many subscriptions", subscriptionsTotalMax });
    }
    const id = randomId();
    const subscription: Subscription = { namespace, stop: () => {}, held: [] };
    subscription.stop = start(
      (resultJson, onSent) => {
        const json = notification(namespace, id, resultJson);
        if (subscription.held === undefined) this.#send(json, onSent);
        else this.#hold(subscription.held, { json, onSent });
      },
      this,
      id,
    );
    this.#total.count++;
    this.#subscriptions.set(id, subscription);
    return { id, subscription };
  }

  #hold(held: Notification[], notification: Notification): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#heldSize > this.#limits.sendBufferBytesMax) {
      this.disconnect();
      return;
    }
    this.#heldSize += notification.json.length;
    held.push(notification);
  }

  #close(id: string): boolean {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) return false;
    subscription.stop();
    this.#total.count--;
    return this.#subscriptions.delete(id);
  }

  #send(answer: Answer, onSent?: () => void): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    const { sendBufferBytesMax } = this.#limits;
    const waiting = socket.bufferedAmount + this.#waitingSize;
    if (waiting > sendBufferBytesMax) {
      this.#log.info("websocket.closed", {
        waiting,
        sendBufferBytesMax,
        message: "The client reads its answers too slowly.",
      });
      socket.terminate();
      return;
    }
    const size = sizeOf(answer);
    if (!this.#outgoing.admit(size)) {
      this.#log.warn("websocket.closed", {
        waiting: this.#outgoing.bytes,
        size,
        message: "Answers to all clients exceed the limit.",
      });
      socket.close(TRY_AGAIN_LATER, "try again later");
      return;
    }
    const sent = (): void => {
      this.#outgoing.release(size);
      onSent?.();
    };
    if (size < LARGE && this.#waiting.length === 0) {
      socket.send(textOf(answer), sent);
      return;
    }
    this.#waitingSize += size;
    if (this.#waiting.push({ answer, onSent: sent }) === 1) void this.#sendWaiting();
  }

  async #sendWaiting(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      this.#waitingSize -= sizeOf(next.answer);
      await this.#sendInFragments(next.answer);
      this.#waiting.shift();
      next.onSent();
    }
    if (this.#isClosing) this.close();
  }

  /** RFC 6455, section 5.4. */
  async #sendInFragments(answer: Answer): Promise<void> {
    const socket = this.#socket;
    let before: AnswerPart = "";
    for (const piece of piecesOf(answer)) {
      if (before.length > 0) await this.#sendFragment(before, false);
      if (socket.readyState !== socket.OPEN) return;
      before = piece;
    }
    await this.#sendFragment(before, true);
  }

  async #sendFragment(piece: AnswerPart, fin: boolean): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.send(piece, { binary: false, fin }, () => resolve()));
  }

  #release(): void {
    this.#count(this.#peer.caller, 0);
    this.#connection.end();
    for (const id of this.#subscriptions.keys()) this.#close(id);
  }
}
