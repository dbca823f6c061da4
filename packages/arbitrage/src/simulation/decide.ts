/** What a trade brings and costs. Everything in wei of the chain's coin. */
export interface DecisionInput {
  /** Before the fee of a flash loan. */
  readonly profitWei: bigint;
  /** Paid to whom lends, and already missing in what the owner receives. */
  readonly flashFeeWei: bigint;
  readonly gasUsed: bigint;
  /** Of a unit of gas: base fee and tip. */
  readonly gasPriceWei: bigint;
  /** What a rollup charges for its data; zero elsewhere. */
  readonly l1FeeWei: bigint;
  /** What the simulation may be wrong by, in millionths of the profit. */
  readonly marginPpm: number;
  /** The net profit must exceed it. */
  readonly thresholdWei: bigint;
}

export interface Decision extends DecisionInput {
  readonly gasWei: bigint;
  readonly marginWei: bigint;
  /** profit − gas − L1 fee − flash fee − margin */
  readonly netWei: bigint;
  readonly isGo: boolean;
  /** In words, with the figures that decide. */
  readonly reason: string;
}

const MILLION = 1_000_000n;

/** Whether a trade is worth its costs: net profit above the threshold. [ARB-14] */
export function decide(input: DecisionInput): Decision {
  const { profitWei, flashFeeWei, gasUsed, gasPriceWei, l1FeeWei, marginPpm, thresholdWei } = input;
  const gasWei = gasUsed * gasPriceWei;
  // Rounded up: a margin is never less than asked.
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
