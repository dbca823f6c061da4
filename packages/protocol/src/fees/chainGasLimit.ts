/**
 * Maximum gas of a chain block with any mergeset: sixteen bodies of 30 million. Engines must hold it and nodes execute
 * it in seconds. [EXEC-8]
 */
export const CHAIN_GAS_MAX = 480_000_000n;

/** Gas limit of a chain block with this many carriers of this budget. [EXEC-8] */
export function chainGasLimit(budget: bigint, carriers: number): bigint {
  const together = budget * BigInt(carriers);
  return together < CHAIN_GAS_MAX ? together : CHAIN_GAS_MAX;
}
