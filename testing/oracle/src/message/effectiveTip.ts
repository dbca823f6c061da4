import type { UnsignedTransaction } from "@trellis/protocol";

/** EIP-1559. The fee cap must reach the base fee. */
export function effectiveTip(
  { maxFeePerGas, maxPriorityFeePerGas }: Pick<UnsignedTransaction, "maxFeePerGas" | "maxPriorityFeePerGas">,
  baseFee: bigint,
): bigint {
  const most = maxFeePerGas - baseFee;
  if (maxPriorityFeePerGas > most) return most;
  return maxPriorityFeePerGas;
}
