import type { Account, Address } from "@trellis/protocol";
import type { Entry } from "./Entry.ts";
import { createSlot } from "./order/Slot.ts";

/** [POOL-1] */
export class SenderTransactions {
  readonly address: Address;
  readonly head = createSlot<SenderTransactions>(this);
  readonly tail = createSlot<SenderTransactions>(this);
  #account: Account;
  #entries: Entry[] = [];
  #runLength = 0;
  #runCost = 0n;
  #bytes = 0;

  constructor(address: Address, account: Account) {
    this.address = address;
    this.#account = account;
  }

  get account(): Account {
    return this.#account;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get runLength(): number {
    return this.#runLength;
  }

  /** Sum of the pending transactions' maximum debits. wei */
  get runCost(): bigint {
    return this.#runCost;
  }

  get queuedCount(): number {
    return this.#entries.length - this.#runLength;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get nextNonce(): bigint {
    return this.#account.nonce + BigInt(this.#runLength);
  }

  find(nonce: bigint): Entry | undefined {
    const entry = this.#entries[this.#indexOf(nonce)];
    return entry?.nonce === nonce ? entry : undefined;
  }

  isPending(entry: Entry): boolean {
    return entry.nonce < this.nextNonce;
  }

  extendsRun(nonce: bigint): boolean {
    return nonce <= this.nextNonce;
  }

  put(entry: Entry, nowMs: number): Entry | undefined {
    const index = this.#indexOf(entry.nonce);
    const former = this.#entries[index];
    const replaced = former?.nonce === entry.nonce ? former : undefined;
    this.#bytes += entry.bytes - (replaced?.bytes ?? 0);
    if (replaced === undefined) this.#entries.splice(index, 0, entry);
    else {
      this.#entries[index] = entry;
      if (index < this.#runLength) this.#runCost += entry.cost - replaced.cost;
    }
    this.#shrinkRun(nowMs);
    this.#extendRun();
    return replaced;
  }

  pop(): Entry | undefined {
    const entry = this.#entries.pop();
    if (entry === undefined) return undefined;
    this.#bytes -= entry.bytes;
    if (this.#runLength > this.#entries.length) {
      this.#runLength = this.#entries.length;
      this.#runCost -= entry.cost;
    }
    return entry;
  }

  /** @returns entries with used nonces */
  follow(account: Account, nowMs: number): Entry[] {
    this.#account = account;
    const passed = this.#entries.splice(0, this.#indexOf(this.#account.nonce));
    for (const [index, entry] of passed.entries()) {
      this.#bytes -= entry.bytes;
      if (index < this.#runLength) this.#runCost -= entry.cost;
    }
    this.#runLength = Math.max(0, this.#runLength - passed.length);
    if (this.#runLength > 0 && this.#entries[0]!.nonce !== this.#account.nonce) this.#breakRun(nowMs);
    this.#shrinkRun(nowMs);
    this.#extendRun();
    return passed;
  }

  /** @returns removed entries; later ones become queued */
  retain(keeps: (entry: Entry) => boolean, nowMs: number): Entry[] {
    if (this.#entries.every(keeps)) return [];
    const kept = this.#entries.map(keeps);
    const removed = this.#entries.filter((_, index) => !kept[index]);
    this.#breakRun(nowMs);
    this.#entries = this.#entries.filter((_, index) => kept[index]);
    for (const entry of removed) this.#bytes -= entry.bytes;
    this.#extendRun();
    return removed;
  }

  #breakRun(nowMs: number): void {
    for (const entry of this.#entries.slice(0, this.#runLength)) entry.queuedSinceMs = nowMs;
    this.#runLength = 0;
    this.#runCost = 0n;
  }

  #shrinkRun(nowMs: number): void {
    while (this.#runCost > this.#account.balance) {
      this.#runLength -= 1;
      const entry = this.#entries[this.#runLength]!;
      this.#runCost -= entry.cost;
      entry.queuedSinceMs = nowMs;
    }
  }

  #extendRun(): void {
    for (;;) {
      const entry = this.#entries[this.#runLength];
      if (entry === undefined || entry.nonce !== this.nextNonce) return;
      const cost = this.#runCost + entry.cost;
      if (cost > this.#account.balance) return;
      this.#runCost = cost;
      this.#runLength += 1;
    }
  }

  #indexOf(nonce: bigint): number {
    const entries = this.#entries;
    const last = entries.at(-1);
    if (last === undefined || last.nonce < nonce) return entries.length;
    let low = 0;
    let high = entries.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (entries[middle]!.nonce < nonce) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
