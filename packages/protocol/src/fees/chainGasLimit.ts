/**
 * The most gas that a chain block uses, however many blocks it merges: sixteen bodies of 30 million. An engine must hold
 * it, and a node execute it in seconds. [EXEC-8]
 */
export const CHAIN_GAS_MAX = 480_000_000n;

/** The gas limit of a chain block that executes that many carriers, each with this budget. [EXEC-8] */
export function chainGasLimit(budget: bigint, carriers: number): bigint {
  const together = budget * BigInt(carriers);
  return together < CHAIN_GAS_MAX ? together : CHAIN_GAS_MAX;
}
