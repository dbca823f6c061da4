import type { Movement } from "./ArbitrageLedger.ts";

interface MovementDifference {
  readonly movement: Movement;
  readonly amount: bigint;
  readonly reference: bigint | undefined;
}

interface Difference {
  readonly movement: Movement;
  readonly isEntered: boolean;
  amount: bigint;
  reference: bigint | undefined;
}

/** [ARB-26] */
export function differencesOf(
  entered: readonly Movement[],
  wanted: readonly Movement[],
): MovementDifference[] {
  const differences = new Map<string, Difference>();
  const add = (movement: Movement, sign: 1n | -1n): void => {
    const { amount, reference, block, account, asset, kind, transactionHash } = movement;
    const key = [transactionHash, block.hash, account, asset, kind].join();
    const known = differences.get(key) ?? {
      movement,
      isEntered: sign < 0n,
      amount: 0n,
      reference: undefined,
    };
    known.amount += sign * amount;
    if (reference !== undefined) known.reference = (known.reference ?? 0n) + sign * reference;
    differences.set(key, known);
  };
  for (const movement of entered) add(movement, -1n);
  for (const movement of wanted) add(movement, 1n);
  return [...differences.values()].filter(
    ({ movement, isEntered, amount }) => amount !== 0n || (movement.kind === "opening" && !isEntered),
  );
}
