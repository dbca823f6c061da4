import type { PowParameters } from "../algorithms/PowAlgorithm.ts";

/** Control block in 32-bit words. */
export const CONTROL_STOP = 0;
export const CONTROL_SIZE_BYTES = 16;
/** All threads, aligned after the stop word. 64-bit words. */
export const CONTROL_HASHES = 1;

export interface MinerTask {
  readonly parameters: PowParameters;
  readonly sealRoot: Uint8Array;
  /** 32 bytes little-endian. */
  readonly target: Uint8Array;
  readonly first: bigint;
  readonly stride: bigint;
  /** Share of time: above 0, at most 1. */
  readonly dutyCycle: number;
  readonly control: SharedArrayBuffer;
}

/** undefined when stopped. */
export type MinerAnswer = bigint | undefined;
