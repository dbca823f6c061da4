import type { ChainBlock } from "@trellis/protocol";

/** Tips to offer, lowest to highest. wei per gas */
export interface FeeSuggestion {
  /** Gets in when there is room. */
  readonly low: bigint;
  /** What most pay. */
  readonly normal: bigint;
  /** Gets in before most. */
  readonly fast: bigint;
}

/** Share of the recently accepted transactions that pay less. 1/100 */
const PERCENTILES = { low: 20, normal: 50, fast: 90 } as const;

/** Enough for percentiles to be steady; evenly spread over the blocks, so that the cost does not grow with them. */
const SAMPLES_MAX = 2_000;

/**
 * Suggests tips from the effective tips of recently accepted transactions, never less than the floor, which is what
 * the pool takes now. [POOL-17] A miner's own transactions are left out: what they offer, the miner gets back.
 * Sorts up to 2,000 values: callers that ask often keep the answer until the head moves.
 */
export function suggestFees(recent: readonly ChainBlock[], floorWei: bigint): FeeSuggestion {
  const tips = sample(recent.flatMap(tipsOf)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const at = (percentile: number): bigint => {
    const tip = tips[Math.floor(((tips.length - 1) * percentile) / 100)] ?? floorWei;
    return tip > floorWei ? tip : floorWei;
  };
  return { low: at(PERCENTILES.low), normal: at(PERCENTILES.normal), fast: at(PERCENTILES.fast) };
}

function tipsOf({ header, transactions }: ChainBlock): bigint[] {
  return transactions
    .filter(({ sender }) => sender !== header.miner)
    .map(({ receipt }) => receipt.effectiveGasPrice - header.baseFee);
}

function sample(tips: readonly bigint[]): bigint[] {
  const stride = Math.max(1, Math.ceil(tips.length / SAMPLES_MAX));
  return tips.filter((_, index) => index % stride === 0);
}
