import { LruMap, type TrellisError } from "@trellis/base";
import type { Address, Hash, PoolEvent, Transaction } from "@trellis/protocol";

/** `isUrgent` lets block imports overtake a flood of pooled transactions. */
export type RecoverSenders = (
  transactions: readonly Transaction[],
  isUrgent?: boolean,
) => Promise<(Address | TrellisError)[]>;

/** About 4 MiB */
const RECENT_MAX = 16_384;

export class KnownSenders {
  readonly #pooled = new Map<Hash, Address>();
  /** Parallel blocks repeat transactions that have already left the pool. */
  readonly #recent = new LruMap<Hash, Address>(RECENT_MAX);
  readonly #recoverSenders: RecoverSenders;

  constructor(recoverSenders: RecoverSenders) {
    this.#recoverSenders = recoverSenders;
  }

  onPoolEvent({ kind, transaction: { transaction, sender } }: PoolEvent): void {
    const { hash } = transaction;
    if (kind === "added") this.#pooled.set(hash, sender);
    else if (this.#pooled.delete(hash)) this.#recent.set(hash, sender);
  }

  async recover(transactions: readonly Transaction[]): Promise<(Address | TrellisError)[]> {
    const known = transactions.map(({ hash }) => this.#pooled.get(hash) ?? this.#recent.get(hash));
    const unknown = transactions.filter((_, index) => known[index] === undefined);
    const recovered = unknown.length === 0 ? [] : await this.#recoverSenders(unknown, true);
    for (const [index, sender] of recovered.entries()) {
      if (typeof sender === "string") this.#recent.set(unknown[index]!.hash, sender);
    }
    let next = 0;
    return known.map((sender) => sender ?? recovered[next++]!);
  }
}
