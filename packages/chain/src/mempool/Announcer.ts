import type { Counter, Log, Metrics } from "@trellis/base";
import type { Hash, PoolEvent } from "@trellis/protocol";
import { chainMetrics } from "../metrics.ts";
import type { Entry } from "./Entry.ts";

export const DROP_REASONS = [
  "ACCEPTED",
  "NONCE_TOO_LOW",
  "SENDER_HAS_CODE",
  "KEY_NOT_VALID",
  "EVICTED",
  "EXPIRED",
  /** Transactions returned by a reorganisation may exceed the sender's limit. */
  "SENDER_LIMIT_REACHED",
  "REFUSED_BY_FORK",
  /** By a program that controls a devnet. */
  "WITHDRAWN",
] as const;
type DropReason = (typeof DROP_REASONS)[number];

type Listener = (event: PoolEvent) => void;

/** [POOL-14] */
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
    this.#added = metrics.counter(chainMetrics.trellis_mempool_added_total);
    this.#replaced = metrics.counter(chainMetrics.trellis_mempool_replaced_total);
    this.#dropped = metrics.counter(chainMetrics.trellis_mempool_dropped_total);
  }

  subscribe(listener: Listener): () => void {
    // Allows the same function to subscribe twice.
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

  /** Changes by a listener are delivered after the current events. */
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
        this.#log.error("listener.failed", { event: event.kind, error: cause as Error });
      }
    }
  }
}
