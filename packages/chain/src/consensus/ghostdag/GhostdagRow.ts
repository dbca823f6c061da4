/** Valid until the next pruning. [DAG-1] to [DAG-6] */
export interface GhostdagRow {
  readonly parents: readonly number[];
  readonly selectedParent: number;
  /** Without the selected parent, in execution order: number × 2, plus 1 if blue. */
  readonly mergeset: readonly number[];
  /** Includes the selected parent. */
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
