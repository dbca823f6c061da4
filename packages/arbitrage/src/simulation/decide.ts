export interface DecisionInput {
  readonly profitWei: bigint;
  readonly flashFeeWei: bigint;
  readonly gasUsed: bigint;
  readonly gasPriceWei: bigint;
  /** L1 fee of rollups, else 0. */
  readonly l1FeeWei: bigint;
  readonly marginPpm: number;
  readonly thresholdWei: bigint;
}

export interface Decision extends DecisionInput {
  readonly gasWei: bigint;
  readonly marginWei: bigint;
  readonly netWei: bigint;
  readonly isGo: boolean;
  readonly reason: string;
}

const MILLION = 1_000_000n;

/** [ARB-14] */
export function decide(input: DecisionInput): Decision {
  const { profitWei, flashFeeWei, gasUsed, gasPriceWei, l1FeeWei, marginPpm, thresholdWei } = input;
  const gasWei = gasUsed * gasPriceWei;
  const marginWei = profitWei > 0n ? (profitWei * BigInt(marginPpm) + MILLION - 1n) / MILLION : 0n;
  const netWei = profitWei - gasWei - l1FeeWei - flashFeeWei - marginWei;
  const isGo = netWei > thresholdWei;
  const reason = isGo
    ? `net ${netWei} wei exceeds the threshold of ${thresholdWei}`
    : `net ${netWei} wei does not exceed the threshold of ${thresholdWei}: ${largestCost({ gasWei, l1FeeWei, flashFeeWei, marginWei }, profitWei)}`;
  return { ...input, gasWei, marginWei, netWei, isGo, reason };
}

function largestCost(costs: Readonly<Record<string, bigint>>, profitWei: bigint): string {
  if (profitWei <= 0n) return `profit is ${profitWei}`;
  const [name, wei] = Object.entries(costs).reduce((most, cost) => (cost[1] > most[1] ? cost : most));
  return `profit ${profitWei}, most of the cost is ${name.replace("Wei", "")} with ${wei}`;
}
