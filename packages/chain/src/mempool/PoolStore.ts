import type { Account, Address, Hash } from "@trellis/protocol";
import type { Entry } from "./Entry.ts";
import { PriceOrder } from "./order/PriceOrder.ts";
import { cheapestFirst, dearestFirst } from "./order/Slot.ts";
import type { SenderTransactions } from "./SenderTransactions.ts";

/** Classes of eviction: the lower goes first, whatever it pays. [POOL-8] */
export function evictionRank(isLocal: boolean, isPending: boolean): number {
  return (isLocal ? 2 : 0) + (isPending ? 1 : 0);
}

/** The pooled transactions with their indexes, orders and totals, which every change keeps in step. */
export class PoolStore {
  /** The first transaction of every run: where selection starts. */
  readonly heads: PriceOrder<SenderTransactions>;
  /** The last transaction of every sender: where eviction starts. */
  readonly tails: PriceOrder<SenderTransactions>;
  readonly #byHash = new Map<Hash, Entry>();
  readonly #senders = new Map<Address, SenderTransactions>();
  #pending = 0;
  #bytes = 0;

  constructor(baseFee: bigint) {
    this.heads = new PriceOrder(dearestFirst, baseFee);
    this.tails = new PriceOrder(cheapestFirst, baseFee);
  }

  get count(): number {
    return this.#byHash.size;
  }

  get pending(): number {
    return this.#pending;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(hash: Hash): Entry | undefined {
    return this.#byHash.get(hash);
  }

  sender(address: Address): SenderTransactions | undefined {
    return this.#senders.get(address);
  }

  senders(): Iterable<SenderTransactions> {
    return this.#senders.values();
  }

  setBaseFee(baseFee: bigint): void {
    this.heads.setBaseFee(baseFee);
    this.tails.setBaseFee(baseFee);
  }

  /** Adds an entry to a sender, known to the pool or new; gives the one that it replaced. */
  put(sender: SenderTransactions, entry: Entry, nowMs: number): Entry | undefined {
    return this.#change(sender, () => {
      const replaced = sender.put(entry, nowMs);
      if (replaced !== undefined) this.#byHash.delete(replaced.transaction.hash);
      this.#byHash.set(entry.transaction.hash, entry);
      return replaced;
    });
  }

  /** Removes the sender's entry of the highest nonce. */
  pop(sender: SenderTransactions): Entry | undefined {
    return this.#change(sender, () => {
      const entry = sender.pop();
      if (entry !== undefined) this.#byHash.delete(entry.transaction.hash);
      return entry;
    });
  }

  /** Moves the sender on, or back, to an account; gives the entries whose nonce is used up, which are removed. */
  follow(sender: SenderTransactions, account: Account, nowMs: number): Entry[] {
    return this.#change(sender, () => this.#forget(sender.follow(account, nowMs)));
  }

  /** Removes and gives the sender's entries that fail. */
  retain(sender: SenderTransactions, keeps: (entry: Entry) => boolean, nowMs: number): Entry[] {
    return this.#change(sender, () => this.#forget(sender.retain(keeps, nowMs)));
  }

  #change<R>(sender: SenderTransactions, change: () => R): R {
    const { runLength, bytes } = sender;
    const result = change();
    this.#pending += sender.runLength - runLength;
    this.#bytes += sender.bytes - bytes;
    this.#reorder(sender);
    return result;
  }

  #reorder(sender: SenderTransactions): void {
    const first = sender.runLength > 0 ? sender.entries[0] : undefined;
    const last = sender.entries.at(-1);
    this.heads.place(sender.head, first, 0);
    this.tails.place(
      sender.tail,
      last,
      last === undefined ? 0 : evictionRank(last.pooled.isLocal, sender.queuedCount === 0),
    );
    if (last !== undefined) {
      if (sender.entries.length === 1) this.#senders.set(sender.address, sender);
    } else if (this.#senders.get(sender.address) === sender) this.#senders.delete(sender.address);
  }

  #forget(entries: Entry[]): Entry[] {
    for (const entry of entries) this.#byHash.delete(entry.transaction.hash);
    return entries;
  }
}
