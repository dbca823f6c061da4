/** Where a block with certain parents stands. Blocks by number; good until the next pruning. [DAG-1] to [DAG-6] */
export interface GhostdagRow {
  readonly parents: readonly number[];
  readonly selectedParent: number;
  /** The mergeset without the selected parent in execution order: number × 2, + 1 for a blue. */
  readonly mergeset: readonly number[];
  /** The mergeset's blues, the selected parent included. */
  readonly blueCount: number;
  readonly blueScore: number;
  readonly blueWork: bigint;
}

export function mergedNumber(merged: number): number {
  return merged >>> 1;
}

export function isBlue(merged: number): boolean {
  return (merged & 1) === 1;
}
