import type { Counter, Log, Metrics } from "@trellis/base";
import type { Hash, PoolEvent } from "@trellis/protocol";
import type { Entry } from "./Entry.ts";

/** Why a transaction left the pool. */
export const DROP_REASONS = [
  /** A chain block ran it. */
  "ACCEPTED",
  /** The chain used its nonce for another transaction. */
  "NONCE_TOO_LOW",
  "SENDER_HAS_CODE",
  "KEY_NOT_VALID",
  /** It made room for one that pays more. */
  "EVICTED",
  /** It waited too long behind a nonce gap or for funds. */
  "EXPIRED",
  /** A reorganisation brought back more than one sender may have. */
  "SENDER_LIMIT_REACHED",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

type Listener = (event: PoolEvent) => void;

/** Tells listeners and metrics what happened: in order, after the whole change, and one event at a time. [POOL-14] */
export class Announcer {
  readonly #log: Log;
  readonly #added: Counter;
  readonly #replaced: Counter;
  readonly #dropped: Counter;
  readonly #listeners = new Set<Listener>();
  #events: PoolEvent[] = [];
  #isDelivering = false;

  constructor(log: Log, metrics: Metrics) {
    this.#log = log;
    this.#added = metrics.counter({
      name: "trellis_mempool_added_total",
      help: "transactions admitted, or returned by a reorganisation",
    });
    this.#replaced = metrics.counter({
      name: "trellis_mempool_replaced_total",
      help: "transactions replaced by one of the same nonce that pays more",
    });
    this.#dropped = metrics.counter({
      name: "trellis_mempool_dropped_total",
      help: "transactions that left the mempool",
      labels: ["reason"],
    });
  }

  subscribe(listener: Listener): () => void {
    // A wrapper of its own, so that one function subscribed twice is two subscriptions.
    const subscription: Listener = (event) => listener(event);
    this.#listeners.add(subscription);
    return () => this.#listeners.delete(subscription);
  }

  added(entry: Entry): void {
    this.#added.add();
    this.#queue({ kind: "added", transaction: entry.pooled });
  }

  replaced(entry: Entry, by: Hash): void {
    this.#replaced.add();
    this.#queue({ kind: "replaced", transaction: entry.pooled, by });
  }

  dropped(entry: Entry, reason: DropReason): void {
    this.#dropped.add(1, { reason });
    this.#queue({ kind: "dropped", transaction: entry.pooled, reason });
  }

  /** Delivers what is queued. A listener may change the pool: its events follow after those under way. */
  deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      while (this.#events.length > 0) {
        const events = this.#events;
        this.#events = [];
        for (const event of events) this.#deliverOne(event);
      }
    } finally {
      this.#isDelivering = false;
    }
  }

  #queue(event: PoolEvent): void {
    if (this.#listeners.size > 0) this.#events.push(event);
  }

  #deliverOne(event: PoolEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (cause) {
        this.#log.error("mempool listener failed", { event: event.kind, error: cause as Error });
      }
    }
  }
}
