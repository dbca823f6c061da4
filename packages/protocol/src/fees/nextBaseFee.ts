import type { NetworkParameters } from "../parameters/NetworkParameters.ts";

interface BaseFeeParent {
  readonly baseFee: bigint;
  readonly gasUsed: bigint;
  readonly gasLimit: bigint;
}

/** Gas limit divided by gas target (EIP-1559). */
const ELASTICITY = 2n;

/** wei per gas [BLOCK-10] */
export function nextBaseFee(
  {
    baseFeeChangeDenominator,
    baseFeeMin,
  }: Pick<NetworkParameters, "baseFeeChangeDenominator" | "baseFeeMin">,
  { baseFee, gasUsed, gasLimit }: BaseFeeParent,
): bigint {
  const target = gasLimit / ELASTICITY;
  const next = baseFee + baseFeeChange(baseFee, gasUsed, target, baseFeeChangeDenominator);
  return next < baseFeeMin ? baseFeeMin : next;
}

function baseFeeChange(baseFee: bigint, gasUsed: bigint, target: bigint, denominator: bigint): bigint {
  if (gasUsed > target) {
    const rise = (baseFee * (gasUsed - target)) / target / denominator;
    return rise === 0n ? 1n : rise;
  }
  return -((baseFee * (target - gasUsed)) / target / denominator);
}
