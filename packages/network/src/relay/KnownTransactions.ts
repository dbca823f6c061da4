import { hexToBytes, LruMap } from "@trellis/base";
import type { Hash, PoolView, Transaction } from "@trellis/protocol";
import { SHORT_ID_PREFIX_BYTES, shortId } from "../wire/shortId.ts";
import { KNOWN_BYTES_MAX } from "./limits.ts";

/** What a decoded transaction takes beside its encoding, roughly. Bytes */
const TRANSACTION_BYTES = 1_000;

/**
 * Transactions that came through the pool, also those that have left it: a parallel block may carry what a chain block
 * has just accepted. Found by the beginnings of their hashes, of which short ids are made. [NET-19]
 */
export class KnownTransactions {
  readonly #transactions: LruMap<Hash, Transaction>;
  readonly #byPrefix = new Map<number, Hash[]>();
  readonly #unsubscribe: () => void;
  #indexed = 0;

  constructor(pool: Pick<PoolView, "content" | "subscribe">, bytesMax = KNOWN_BYTES_MAX) {
    this.#transactions = new LruMap(bytesMax, ({ encoded }) => encoded.length + TRANSACTION_BYTES);
    const { pending, queued } = pool.content();
    for (const pooled of [...pending.values(), ...queued.values()].flat()) this.#add(pooled.transaction);
    this.#unsubscribe = pool.subscribe((event) => {
      if (event.kind === "added") this.#add(event.transaction.transaction);
    });
  }

  stop(): void {
    this.#unsubscribe();
  }

  has(hash: Hash): boolean {
    return this.#transactions.has(hash);
  }

  get(hash: Hash): Transaction | undefined {
    return this.#transactions.get(hash);
  }

  /** The transaction that a short id of the block stands for; undefined for none, and for more than one. */
  find(block: Uint8Array, id: Uint8Array): Transaction | undefined {
    let found: Transaction | undefined;
    for (const hash of this.#byPrefix.get(prefixOf(id)) ?? []) {
      if (!this.#transactions.has(hash) || !isShortId(id, block, hexToBytes(hash))) continue;
      if (found !== undefined) return undefined;
      found = this.#transactions.get(hash);
    }
    return found;
  }

  #add(transaction: Transaction): void {
    const { hash } = transaction;
    if (this.#transactions.has(hash)) return;
    this.#transactions.set(hash, transaction);
    this.#index(hash);
    this.#indexed += 1;
    // Those that were let go are left out of a new index now and then.
    if (this.#indexed > 2 * this.#transactions.count + REINDEX_SLACK) this.#reindex();
  }

  #index(hash: Hash): void {
    const prefix = prefixOf(hexToBytes(hash));
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

/** Small pools are not indexed anew for a few. */
const REINDEX_SLACK = 1_024;

function prefixOf(bytes: Uint8Array): number {
  let prefix = 0;
  for (let index = 0; index < SHORT_ID_PREFIX_BYTES; index++) prefix = (prefix << 8) | bytes[index]!;
  return prefix;
}

function isShortId(id: Uint8Array, block: Uint8Array, transaction: Uint8Array): boolean {
  const expected = shortId(block, transaction);
  return expected.every((byte, index) => byte === id[index]);
}
