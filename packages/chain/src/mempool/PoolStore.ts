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
  /** By hash, of transactions with authorizations. [POOL-19] */
  readonly #authorities = new Map<Hash, ReadonlySet<Address>>();
  /** Number of these transactions by account. */
  readonly #authorizing = new Map<Address, number>();
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

  isAuthority(address: Address): boolean {
    return this.#authorizing.has(address);
  }

  senders(): Iterable<SenderTransactions> {
    return this.#senders.values();
  }

  setBaseFee(baseFee: bigint): void {
    this.heads.setBaseFee(baseFee);
    this.tails.setBaseFee(baseFee);
  }

  /** @param authorities accounts that the transaction might delegate */
  put(
    sender: SenderTransactions,
    entry: Entry,
    nowMs: number,
    authorities: ReadonlySet<Address>,
  ): Entry | undefined {
    return this.#change(sender, () => {
      const replaced = sender.put(entry, nowMs);
      if (replaced !== undefined) this.#forget(replaced);
      this.#byHash.set(entry.transaction.hash, entry);
      if (authorities.size > 0) this.#authorities.set(entry.transaction.hash, authorities);
      for (const authority of authorities) this.#countAuthorizing(authority, 1);
      return replaced;
    });
  }

  pop(sender: SenderTransactions): Entry | undefined {
    return this.#change(sender, () => {
      const entry = sender.pop();
      if (entry !== undefined) this.#forget(entry);
      return entry;
    });
  }

  follow(sender: SenderTransactions, account: Account, nowMs: number): Entry[] {
    return this.#change(sender, () => this.#forgetAll(sender.follow(account, nowMs)));
  }

  retain(sender: SenderTransactions, keeps: (entry: Entry) => boolean, nowMs: number): Entry[] {
    return this.#change(sender, () => this.#forgetAll(sender.retain(keeps, nowMs)));
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

  #forgetAll(entries: Entry[]): Entry[] {
    for (const entry of entries) this.#forget(entry);
    return entries;
  }

  #forget(entry: Entry): void {
    const { hash } = entry.transaction;
    this.#byHash.delete(hash);
    for (const authority of this.#authorities.get(hash) ?? []) this.#countAuthorizing(authority, -1);
    this.#authorities.delete(hash);
  }

  #countAuthorizing(authority: Address, change: 1 | -1): void {
    const count = (this.#authorizing.get(authority) ?? 0) + change;
    if (count > 0) this.#authorizing.set(authority, count);
    else this.#authorizing.delete(authority);
  }
}
