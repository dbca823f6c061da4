import type {
  Address,
  Hash,
  PoolEvent,
  PooledTransaction,
  PoolStatus,
  PoolView,
  SignedBy,
  TransactionIntake,
} from "@trellis/protocol";
import { decodeTransaction, recoverSender } from "@trellis/protocol";

/** A pool that takes everything; its own intake. */
export class FakePool implements PoolView, TransactionIntake {
  readonly #transactions = new Map<Hash, PooledTransaction>();
  readonly #listeners = new Set<(event: PoolEvent) => void>();
  /** Thrown, if it is there, by `submit`. */
  refusal: unknown;
  /** How many submissions were under way at once, at most. */
  underWayMax = 0;
  #underWay = 0;
  floorWei = 0n;
  bytes = 0;

  get listenerCount(): number {
    return this.#listeners.size;
  }

  add(signed: SignedBy): PooledTransaction {
    const transaction = { ...signed, admittedAtMs: 0, isLocal: true };
    this.#transactions.set(signed.transaction.hash, transaction);
    for (const listener of [...this.#listeners]) listener({ kind: "added", transaction });
    return transaction;
  }

  async submit(encoded: Uint8Array): Promise<Hash> {
    this.#underWay++;
    this.underWayMax = Math.max(this.underWayMax, this.#underWay);
    await Promise.resolve();
    this.#underWay--;
    if (this.refusal !== undefined) throw this.refusal;
    const transaction = decodeTransaction(encoded);
    return this.add({ transaction, sender: recoverSender(transaction) }).transaction.hash;
  }

  get(hash: Hash): PooledTransaction | undefined {
    return this.#transactions.get(hash);
  }

  status(): PoolStatus {
    return { pending: this.#transactions.size, queued: 0, bytes: this.bytes, floorWei: this.floorWei };
  }

  content() {
    const senders = [...new Set([...this.#transactions.values()].map(({ sender }) => sender))];
    const pending = new Map(senders.map((sender) => [sender, this.contentFrom(sender).pending]));
    return { pending, queued: new Map<Address, readonly PooledTransaction[]>() };
  }

  contentFrom(sender: Address) {
    return {
      pending: [...this.#transactions.values()].filter((pooled) => pooled.sender === sender),
      queued: [],
    };
  }

  nextNonce(sender: Address): bigint {
    return BigInt(this.contentFrom(sender).pending.length);
  }

  subscribe(listener: (event: PoolEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
