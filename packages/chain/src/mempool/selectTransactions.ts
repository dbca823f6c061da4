import type { Hash, SignedBy } from "@trellis/protocol";
import type { PoolStore } from "./PoolStore.ts";

/** What a block has room for. */
export interface Selection {
  /** The base fee that the chosen transactions will pay. wei per gas */
  readonly baseFee: bigint;
  /** Σ gas limits. */
  readonly gasMax: bigint;
  /** Σ encoded transactions. */
  readonly bytesMax: number;
  readonly countMax: number;
  /** What the blocks that the new one merges carry already: passed over as though taken. */
  readonly carried?: ReadonlySet<Hash>;
  /** Left out, with what their senders have behind them. */
  readonly avoided?: { has(hash: Hash): boolean };
}

/** Gas of the cheapest transaction there is; with less left the block is full. */
const TRANSACTION_GAS_MIN = 21_000n;

/** What a sender has in a turn: an approval and the swap behind it stay together. */
export const TURN_COUNT = 4;

/** A nearly full block is not searched for a fit any further after this many that did not. */
const MISFITS_MAX = 256;
/** Nor after this many that would not fit into an empty one. */
const OVERSIZED_MAX = 8_192;

/**
 * The executable transactions by effective tip, senders who pay the same in turn, each sender's in nonce order, as many
 * as fit. A sender whose next one does not fit, or whose fee cap is below the base fee, is left out from there. O(n log n) in what is selected.
 */
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
