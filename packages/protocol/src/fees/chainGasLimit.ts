/** Sixteen bodies of 30 million gas. [EXEC-8] */
export const CHAIN_GAS_MAX = 480_000_000n;

/** [EXEC-8] */
export function chainGasLimit(budget: bigint, carriers: number): bigint {
  const together = budget * BigInt(carriers);
  return together < CHAIN_GAS_MAX ? together : CHAIN_GAS_MAX;
}
