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
  /** Encoded as in GhostdagRow. */
  readonly mergeset: readonly number[];
  readonly blueScore: number;
}

export interface WindowTable {
  readonly blueScores: Float64Array;
  readonly timestampsMs: Float64Array;
  readonly streams: Uint8Array;
  readonly selectedParents: Int32Array;
  /** Serials are never reused; genesis has 0. */
  readonly serials: Float64Array;
  /** Changes when pruning changes the block numbers. */
  readonly numbering: number;
  readonly mergesets: { toArray(block: number): number[] };
  compare(a: number, b: number): number;
  daaCount(block: number, stream: number): number;
  bitsOf(block: number, stream: number): number;
}

export interface WindowBlocks {
  readonly table: WindowTable;
  chainChild(ancestor: number, block: number): number;
}

export const NO_BLOCK = -1;
