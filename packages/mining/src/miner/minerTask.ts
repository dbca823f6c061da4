import type { PowParameters } from "../algorithms/PowAlgorithm.ts";

/** Index of the 32-bit stop word. */
export const CONTROL_STOP = 0;
/** Index of the 32-bit word that is 1 if vectors compute wrongly, so that plain code searches. */
export const CONTROL_PLAIN = 1;
export const CONTROL_SIZE_BYTES = 16;
/** Index, in 64-bit words, of the total number of hashes. */
export const CONTROL_HASHES = 1;

export interface MinerTask {
  readonly parameters: PowParameters;
  readonly sealRoot: Uint8Array;
  /** 32 bytes little-endian. */
  readonly target: Uint8Array;
  readonly first: bigint;
  readonly stride: bigint;
  readonly dutyCycle: number;
  readonly control: SharedArrayBuffer;
}

export type MinerAnswer = bigint | undefined;
