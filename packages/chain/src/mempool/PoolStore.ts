import type { Account, Address, Hash } from "@trellis/protocol";
import type { Entry } from "./Entry.ts";
import { PriceOrder } from "./order/PriceOrder.ts";
import { highestPriceFirst, lowestPriceFirst } from "./order/Slot.ts";
import type { SenderTransactions } from "./SenderTransactions.ts";

/** Lower ranks are evicted first. [POOL-8] */
export function evictionRank(isLocal: boolean, isPending: boolean): number {
  return (isLocal ? 2 : 0) + (isPending ? 1 : 0);
}

export class PoolStore {
  /** Each sender's first pending transaction, for selection. */
  readonly heads: PriceOrder<SenderTransactions>;
  /** Each sender's last transaction, for eviction. */
  readonly tails: PriceOrder<SenderTransactions>;
  readonly #byHash = new Map<Hash, Entry>();
  readonly #senders = new Map<Address, SenderTransactions>();
  #pending = 0;
  #bytes = 0;

  constructor(baseFee: bigint) {
    this.heads = new PriceOrder(highestPriceFirst, baseFee);
    this.tails = new PriceOrder(lowestPriceFirst, baseFee);
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

  put(sender: SenderTransactions, entry: Entry, nowMs: number): Entry | undefined {
    return this.#change(sender, () => {
      const replaced = sender.put(entry, nowMs);
      if (replaced !== undefined) this.#byHash.delete(replaced.transaction.hash);
      this.#byHash.set(entry.transaction.hash, entry);
      return replaced;
    });
  }

  pop(sender: SenderTransactions): Entry | undefined {
    return this.#change(sender, () => {
      const entry = sender.pop();
      if (entry !== undefined) this.#byHash.delete(entry.transaction.hash);
      return entry;
    });
  }

  follow(sender: SenderTransactions, account: Account, nowMs: number): Entry[] {
    return this.#change(sender, () => this.#forget(sender.follow(account, nowMs)));
  }

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
