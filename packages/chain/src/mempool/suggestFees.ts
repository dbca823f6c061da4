import type { ChainBlock } from "@trellis/protocol";

/** Tips. wei per gas */
interface FeeSuggestion {
  readonly low: bigint;
  readonly normal: bigint;
  readonly fast: bigint;
}

const PERCENTILES = { low: 20, normal: 50, fast: 90 } as const;

const SAMPLES_MAX = 2_000;

/** Excludes the miner's own transactions. Cache the result until the head moves. [POOL-17] */
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
