import type { NetworkParameters, StreamParameters } from "@trellis/protocol";

/** What of a network's parameters difficulty and time depend on. */
export interface DifficultyParameters
  extends Pick<NetworkParameters, "difficultyWindow" | "medianTimeWindow"> {
  readonly streams: readonly Pick<
    StreamParameters,
    "targetIntervalMs" | "genesisBits" | "difficulty" | "workWeight"
  >[];
}

/** Where a block stands in the DAG, as far as difficulty depends on it. Blocks by number. */
export interface WindowPlace {
  readonly selectedParent: number;
  /** Without the selected parent, ascending by (blueWork, hash): number × 2, + 1 for a blue. */
  readonly mergeset: readonly number[];
  readonly blueScore: number;
}

/** Columns of the DAG by block number. */
export interface WindowTable {
  readonly blueScores: Float64Array;
  readonly timestampsMs: Float64Array;
  readonly streams: Uint8Array;
  /** −1 for a block without one. */
  readonly selectedParents: Int32Array;
  /** A name that is never given twice; genesis has 0. */
  readonly serials: Float64Array;
  /** Numbers mean other blocks whenever this has changed. */
  readonly numbering: number;
  readonly mergesets: { toArray(block: number): number[] };
  /** By (blueWork, hash). */
  compare(a: number, b: number): number;
  daaCount(block: number, stream: number): number;
  bitsOf(block: number, stream: number): number;
}

export interface WindowBlocks {
  readonly table: WindowTable;
  /** The block on top of `ancestor` on the chain of selected parents that leads to `block`. */
  chainChild(ancestor: number, block: number): number;
}

export const NO_BLOCK = -1;
