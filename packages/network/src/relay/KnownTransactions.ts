import { type Clock, LruMap } from "@trellis/base";
import type { Hash, PoolView, Transaction } from "@trellis/protocol";
import { hashPrefix, ShortIds, shortIdPrefix } from "../wire/shortId.ts";
import { CANDIDATES_MAX, KNOWN_BYTES_MAX, SPREAD_MS } from "./limits.ts";

/** Approximate bytes per transaction besides its encoding. */
const TRANSACTION_BYTES = 1_000;

interface Known {
  readonly transaction: Transaction;
  readonly sinceMs: number;
}

/** Keeps transactions that left the pool: parallel blocks often include the same ones. [NET-19] */
export class KnownTransactions {
  readonly #clock: Clock;
  readonly #transactions: LruMap<Hash, Known>;
  readonly #byPrefix = new Map<number, Hash[]>();
  readonly #unsubscribe: () => void;
  #indexed = 0;

  constructor(pool: Pick<PoolView, "content" | "subscribe">, clock: Clock, bytesMax = KNOWN_BYTES_MAX) {
    this.#clock = clock;
    this.#transactions = new LruMap(
      bytesMax,
      ({ transaction }) => transaction.encoded.length + TRANSACTION_BYTES,
    );
    const { pending, queued } = pool.content();
    for (const pooled of [...pending.values(), ...queued.values()].flat()) this.#add(pooled.transaction, 0);
    this.#unsubscribe = pool.subscribe((event) => {
      if (event.kind === "added") this.#add(event.transaction.transaction, clock.nowMs());
    });
  }

  stop(): void {
    this.#unsubscribe();
  }

  remember(transactions: readonly Transaction[]): void {
    for (const transaction of transactions) this.#add(transaction, 0);
  }

  has(hash: Hash): boolean {
    return this.#transactions.has(hash);
  }

  get(hash: Hash): Transaction | undefined {
    return this.#transactions.get(hash)?.transaction;
  }

  isSpread(hash: Hash): boolean {
    const known = this.#transactions.get(hash);
    return known !== undefined && this.#clock.nowMs() - known.sinceMs >= SPREAD_MS;
  }

  /** Undefined for no match or several. Hashes at most `candidatesMax` transactions. */
  finder(block: Hash, candidatesMax = CANDIDATES_MAX): (id: number) => Transaction | undefined {
    const ids = new ShortIds(block);
    /** Undefined marks a collision. */
    const byId = new Map<number, Hash | undefined>();
    const prefixes = new Set<number>();
    let left = candidatesMax;
    const hashThoseOf = (prefix: number): void => {
      prefixes.add(prefix);
      for (const hash of this.#byPrefix.get(prefix) ?? []) {
        if (!this.#transactions.has(hash)) continue;
        if (left === 0) return;
        left -= 1;
        const id = ids.of(hash);
        // A re-added transaction is indexed twice.
        const isAlone = !byId.has(id) || byId.get(id) === hash;
        byId.set(id, isAlone ? hash : undefined);
      }
    };
    return (id) => {
      const prefix = shortIdPrefix(id);
      if (!prefixes.has(prefix)) hashThoseOf(prefix);
      const hash = byId.get(id);
      return hash && this.get(hash);
    };
  }

  #add(transaction: Transaction, sinceMs: number): void {
    const { hash } = transaction;
    if (this.#transactions.has(hash)) return;
    this.#transactions.set(hash, { transaction, sinceMs });
    this.#index(hash);
    this.#indexed += 1;
    if (this.#indexed > 2 * this.#transactions.count + REINDEX_SLACK) this.#reindex();
  }

  #index(hash: Hash): void {
    const prefix = hashPrefix(hash);
    const same = this.#byPrefix.get(prefix);
    if (same === undefined) this.#byPrefix.set(prefix, [hash]);
    else same.push(hash);
  }

  #reindex(): void {
    const hashes = [...this.#byPrefix.values()].flat().filter((hash) => this.#transactions.has(hash));
    this.#byPrefix.clear();
    for (const hash of hashes) this.#index(hash);
    this.#indexed = hashes.length;
  }
}

const REINDEX_SLACK = 1_024;
