import type { Account, Address, ChainBlock, Hash, SignedBy } from "@trellis/protocol";
import type { MempoolLimits } from "../limits.ts";
import { type Selection, TURN_COUNT } from "../selectTransactions.ts";
import type { World } from "./testPool.ts";

interface NaiveEntry {
  readonly signed: SignedBy;
  readonly isLocal: boolean;
  readonly sequence: number;
  queuedSinceMs: number;
}

export class NaivePool {
  entries: NaiveEntry[] = [];
  readonly #limits: MempoolLimits;
  readonly #world: World;
  readonly #acceptedLocals = new Set<Hash>();
  #pending: ReadonlySet<NaiveEntry> = new Set();
  #newest = 0;
  #oldest = 0;

  constructor(limits: MempoolLimits, world: World) {
    this.#limits = limits;
    this.#world = world;
  }

  add(signed: SignedBy, isLocal: boolean, floor: bigint): string {
    const { sender, transaction: tx } = signed;
    const limits = this.#limits;
    const own = this.ofSender(sender);
    const account = this.#account(sender);
    const { pending } = this.partition(sender);
    const replaced = own.find((entry) => entry.signed.transaction.nonce === tx.nonce);
    const others = own.filter((entry) => entry !== replaced);
    const floorHere = isLocal ? 0n : floor;

    if (this.entries.some((entry) => entry.signed.transaction.hash === tx.hash)) return "ALREADY_KNOWN";
    if (tx.nonce < account.nonce) return "NONCE_TOO_LOW";
    if (tx.nonce > account.nonce + BigInt(limits.nonceAheadMax)) return "NONCE_TOO_FAR";
    if (tx.maxFeePerGas < this.#world.feeCapMin + floorHere) return "FEE_CAP_BELOW_FLOOR";
    if (tx.maxPriorityFeePerGas < floorHere) return "TIP_BELOW_FLOOR";
    if (replaced !== undefined) {
      const old = replaced.signed.transaction;
      const outbids = (fee: bigint, than: bigint) => fee > than && fee * 10n >= than * 11n;
      if (
        !outbids(tx.maxFeePerGas, old.maxFeePerGas) ||
        !outbids(tx.maxPriorityFeePerGas, old.maxPriorityFeePerGas)
      )
        return "REPLACEMENT_UNDERPRICED";
    }
    if (bytesOf(others) + tx.encoded.length > limits.senderBytesMax) return "SENDER_LIMIT_REACHED";
    const isPending = tx.nonce <= account.nonce + BigInt(pending.length);
    if (replaced === undefined) {
      if (own.length + 1 > limits.senderCountMax) return "SENDER_LIMIT_REACHED";
      if (!isPending && own.length - pending.length + 1 > limits.senderQueuedMax)
        return "SENDER_LIMIT_REACHED";
    }
    const pendingCost = sum(pending.filter((entry) => entry !== replaced).map(costOf));
    const entry: NaiveEntry = { signed, isLocal, sequence: this.#newest, queuedSinceMs: this.#world.nowMs };
    if (pendingCost + costOf(entry) > account.balance) return "FUNDS_INSUFFICIENT";
    if (this.#world.retiredKeys.has(sender)) return "KEY_NOT_VALID";

    const before = this.entries;
    this.entries = this.entries.filter((other) => other !== replaced);
    while (
      this.entries.length + 1 > limits.countMax ||
      bytesOf(this.entries) + tx.encoded.length > limits.bytesMax
    ) {
      const victim = this.#lowestPricedTail(sender);
      if (
        victim === undefined ||
        this.#compare(victim, this.#rank(victim), entry, rank(isLocal, isPending)) >= 0
      ) {
        this.entries = before;
        return "POOL_FULL";
      }
      this.entries = this.entries.filter((other) => other !== victim);
    }
    this.#newest += 1;
    this.#stamping(() => this.entries.push(entry));
    return "none";
  }

  onChain(removed: readonly ChainBlock[], added: readonly ChainBlock[]): void {
    const accepted = new Set(added.flatMap((block) => block.transactions.map((tx) => tx.transaction.hash)));
    this.#stamping(() => {
      for (const { isLocal, signed } of this.entries) {
        if (isLocal && accepted.has(signed.transaction.hash))
          this.#acceptedLocals.add(signed.transaction.hash);
      }
      const isPassed = ({ signed }: NaiveEntry) =>
        signed.transaction.nonce < this.#account(signed.sender).nonce;
      this.entries = this.entries.filter((entry) => !isPassed(entry));
      const returned = [...removed].reverse().flatMap((block) => block.transactions);
      this.#oldest -= returned.length;
      for (const [index, { sender, transaction }] of returned.entries()) {
        const entry: NaiveEntry = {
          signed: { sender, transaction },
          isLocal: this.#acceptedLocals.delete(transaction.hash),
          sequence: this.#oldest + index,
          queuedSinceMs: this.#world.nowMs,
        };
        const isTaken = this.ofSender(sender).some(
          (other) => other.signed.transaction.nonce === transaction.nonce,
        );
        if (!isPassed(entry) && !isTaken) this.entries.push(entry);
      }
      this.entries = this.entries.filter(({ signed }) => !this.#world.retiredKeys.has(signed.sender));
    });
    this.#stamping(() => {
      for (const sender of new Set(this.entries.map(({ signed }) => signed.sender))) {
        const isOver = () => {
          const own = this.ofSender(sender);
          return own.length > this.#limits.senderCountMax || bytesOf(own) > this.#limits.senderBytesMax;
        };
        while (isOver()) {
          const last = this.ofSender(sender).at(-1);
          this.entries = this.entries.filter((entry) => entry !== last);
        }
      }
      while (this.entries.length > this.#limits.countMax || bytesOf(this.entries) > this.#limits.bytesMax) {
        const victim = this.#lowestPricedTail(undefined);
        this.entries = this.entries.filter((entry) => entry !== victim);
      }
    });
  }

  drop(transactions: ReadonlySet<Hash>): void {
    this.#stamping(() => {
      this.entries = this.entries.filter(({ signed }) => !transactions.has(signed.transaction.hash));
    });
  }

  expire(): void {
    this.entries = this.entries.filter(
      (entry) =>
        this.partition(entry.signed.sender).pending.includes(entry) ||
        this.#world.nowMs - entry.queuedSinceMs <= this.#limits.queuedLifetimeMs,
    );
  }

  select({ baseFee, gasMax, bytesMax, countMax }: Selection): SignedBy[] {
    const runs = this.senders().map((sender) => ({ count: 0, pending: this.partition(sender).pending }));
    const selected: SignedBy[] = [];
    let gas = 0n;
    let bytes = 0;
    while (selected.length < countMax) {
      const candidates = runs.flatMap((run) => run.pending.slice(0, 1).map((entry) => ({ run, entry })));
      candidates.sort((a, b) => {
        const [left, right] = [tipOf(a.entry, baseFee), tipOf(b.entry, baseFee)];
        if (left !== right) return left > right ? -1 : 1;
        const turns = (run: { readonly count: number }): number => Math.floor(run.count / TURN_COUNT);
        return turns(a.run) - turns(b.run) || a.entry.sequence - b.entry.sequence;
      });
      const best = candidates[0];
      if (best === undefined || tipOf(best.entry, baseFee) < 0n) break;
      const tx = best.entry.signed.transaction;
      if (gas + tx.gasLimit > gasMax || bytes + tx.encoded.length > bytesMax) {
        best.run.pending.length = 0;
        continue;
      }
      gas += tx.gasLimit;
      bytes += tx.encoded.length;
      selected.push(best.entry.signed);
      best.run.pending.shift();
      best.run.count += 1;
    }
    return selected;
  }

  senders(): Address[] {
    return [...new Set(this.entries.map(({ signed }) => signed.sender))];
  }

  ofSender(sender: Address): NaiveEntry[] {
    return this.entries
      .filter(({ signed }) => signed.sender === sender)
      .sort((a, b) => Number(a.signed.transaction.nonce - b.signed.transaction.nonce));
  }

  partition(sender: Address): { readonly pending: NaiveEntry[]; readonly queued: NaiveEntry[] } {
    const own = this.ofSender(sender);
    const { nonce, balance } = this.#account(sender);
    let length = 0;
    let cost = 0n;
    for (const entry of own) {
      cost += costOf(entry);
      if (entry.signed.transaction.nonce !== nonce + BigInt(length) || cost > balance) break;
      length += 1;
    }
    return { pending: own.slice(0, length), queued: own.slice(length) };
  }

  #account(sender: Address): Pick<Account, "nonce" | "balance"> {
    return this.#world.accounts.get(sender) ?? { nonce: 0n, balance: 0n };
  }

  #lowestPricedTail(except: Address | undefined): NaiveEntry | undefined {
    return this.senders()
      .filter((sender) => sender !== except)
      .map((sender) => this.ofSender(sender).at(-1)!)
      .sort((a, b) => this.#compare(a, this.#rank(a), b, this.#rank(b)))[0];
  }

  #rank(entry: NaiveEntry): number {
    return rank(entry.isLocal, this.partition(entry.signed.sender).pending.includes(entry));
  }

  #compare(a: NaiveEntry, aRank: number, b: NaiveEntry, bRank: number): number {
    return aRank !== bRank ? aRank - bRank : comparePrice(a, b, this.#world.baseFee);
  }

  #stamping(change: () => void): void {
    change();
    const partitions = this.senders().map((sender) => this.partition(sender));
    for (const entry of partitions.flatMap(({ queued }) => queued)) {
      if (this.#pending.has(entry)) entry.queuedSinceMs = this.#world.nowMs;
    }
    this.#pending = new Set(partitions.flatMap(({ pending }) => pending));
  }
}

const rank = (isLocal: boolean, isPending: boolean): number =>
  isLocal ? (isPending ? 3 : 2) : isPending ? 1 : 0;

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

const bytesOf = (entries: readonly NaiveEntry[]): number =>
  entries.reduce((bytes, { signed }) => bytes + signed.transaction.encoded.length, 0);

function costOf({ signed: { transaction } }: NaiveEntry): bigint {
  return transaction.gasLimit * transaction.maxFeePerGas + transaction.value;
}

function tipOf({ signed: { transaction } }: NaiveEntry, baseFee: bigint): bigint {
  const isCapBound = transaction.maxFeePerGas < baseFee + transaction.maxPriorityFeePerGas;
  return isCapBound ? transaction.maxFeePerGas - baseFee : transaction.maxPriorityFeePerGas;
}

function comparePrice(a: NaiveEntry, b: NaiveEntry, baseFee: bigint): number {
  const difference = tipOf(a, baseFee) - tipOf(b, baseFee);
  return difference === 0n ? b.sequence - a.sequence : difference < 0n ? -1 : 1;
}
