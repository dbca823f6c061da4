import type { Hash, SignedBy } from "@trellis/protocol";
import type { PoolStore } from "./PoolStore.ts";

export interface Selection {
  readonly baseFee: bigint;
  readonly gasMax: bigint;
  readonly bytesMax: number;
  readonly countMax: number;
  /** Skipped; the sender's later nonces stay eligible. */
  readonly carried?: ReadonlySet<Hash>;
  /** Excluded with the sender's later nonces. */
  readonly avoided?: { has(hash: Hash): boolean };
}

/** With less gas left, the block is full. */
const TRANSACTION_GAS_MIN = 21_000n;

/** Transactions per sender and turn. Keeps an approval and its swap together. */
export const TURN_COUNT = 4;

/** The search ends after this many transactions that do not fit: the block is nearly full. */
const MISFITS_MAX = 256;
/** The search ends after this many transactions that exceed an empty block. */
const OVERSIZED_MAX = 8_192;

/** Skips a sender after its first transaction that does not fit or pay the base fee. */
export function selectTransactions(store: PoolStore, selection: Selection): SignedBy[] {
  const { baseFee, gasMax, bytesMax, countMax, carried, avoided } = selection;
  const selected: SignedBy[] = [];
  let gasLeft = gasMax;
  let bytesLeft = bytesMax;
  let misfits = 0;
  let oversized = 0;
  store.heads.setBaseFee(baseFee);
  const walk = store.heads.walk();
  const hasRoom = (): boolean =>
    selected.length < countMax &&
    gasLeft >= TRANSACTION_GAS_MIN &&
    misfits < MISFITS_MAX &&
    oversized < OVERSIZED_MAX;
  while (hasRoom()) {
    const step = walk.next();
    if (step === undefined || step.price < 0) break;
    const { pooled, transaction, bytes } = step.entry;
    if (carried === undefined || !carried.has(transaction.hash)) {
      if (avoided?.has(transaction.hash) === true) continue;
      if (transaction.gasLimit > gasLeft || bytes > bytesLeft) {
        if (transaction.gasLimit > gasMax) oversized += 1;
        else misfits += 1;
        continue;
      }
      gasLeft -= transaction.gasLimit;
      bytesLeft -= bytes;
      selected.push(pooled);
    }
    const { owner, depth } = step;
    const turn = depth + 1;
    if (turn < owner.runLength) walk.follow(step, owner.entries[turn]!, Math.floor(turn / TURN_COUNT));
  }
  return selected;
}
