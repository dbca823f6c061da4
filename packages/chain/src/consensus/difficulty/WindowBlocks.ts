import type { NetworkParameters, StreamParameters } from "@trellis/protocol";

export interface DifficultyParameters
  extends Pick<NetworkParameters, "difficultyWindow" | "medianTimeWindow"> {
  readonly streams: readonly Pick<
    StreamParameters,
    "targetIntervalMs" | "genesisBits" | "difficulty" | "workWeight"
  >[];
}

export interface WindowPlace {
  readonly selectedParent: number;
  /** Without the selected parent, ascending: number × 2, + 1 if blue. */
  readonly mergeset: readonly number[];
  readonly blueScore: number;
}

export interface WindowTable {
  readonly blueScores: Float64Array;
  readonly timestampsMs: Float64Array;
  readonly streams: Uint8Array;
  readonly selectedParents: Int32Array;
  /** Never reused; genesis has 0. */
  readonly serials: Float64Array;
  /** Changes at each renumbering. */
  readonly numbering: number;
  readonly mergesets: { toArray(block: number): number[] };
  /** By (blueWork, hash). */
  compare(a: number, b: number): number;
  daaCount(block: number, stream: number): number;
  bitsOf(block: number, stream: number): number;
}

export interface WindowBlocks {
  readonly table: WindowTable;
  /** Child of `ancestor` on the selected chain of `block`. */
  chainChild(ancestor: number, block: number): number;
}

export const NO_BLOCK = -1;
