import type { TrellisError } from "@trellis/base";
import type { Address, Hash, PoolEvent, Transaction } from "@trellis/protocol";

type RecoverSenders = (transactions: readonly Transaction[]) => Promise<(Address | TrellisError)[]>;

/** Recovers senders. Senders of pooled transactions are known from admission. */
export class PooledSenders {
  readonly #senders = new Map<Hash, Address>();
  readonly #recoverSenders: RecoverSenders;

  constructor(recoverSenders: RecoverSenders) {
    this.#recoverSenders = recoverSenders;
  }

  onPoolEvent({ kind, transaction: { transaction, sender } }: PoolEvent): void {
    if (kind === "added") this.#senders.set(transaction.hash, sender);
    else this.#senders.delete(transaction.hash);
  }

  /** In the order of the transactions. */
  async recover(transactions: readonly Transaction[]): Promise<(Address | TrellisError)[]> {
    const known = transactions.map(({ hash }) => this.#senders.get(hash));
    const unknown = transactions.filter((_, index) => known[index] === undefined);
    const recovered = unknown.length === 0 ? [] : await this.#recoverSenders(unknown);
    let next = 0;
    return known.map((sender) => sender ?? recovered[next++]!);
  }
}
