import type { PowParameters } from "../algorithms/PowAlgorithm.ts";

/** What the miner and its threads share. 32-bit words. */
export const CONTROL_STOP = 0;
export const CONTROL_SIZE_BYTES = 16;
/** Behind the stop word, aligned: how many hashes all threads have done for this search. 64-bit words. */
export const CONTROL_HASHES = 1;

/** One thread's part of a search. */
export interface MinerTask {
  readonly parameters: PowParameters;
  readonly sealRoot: Uint8Array;
  /** 32 bytes little-endian. */
  readonly target: Uint8Array;
  readonly first: bigint;
  readonly stride: bigint;
  /** Part of the time that the thread may compute: above 0, at most 1. */
  readonly dutyCycle: number;
  readonly control: SharedArrayBuffer;
}

/** The nonce, or undefined when the search was stopped. */
export type MinerAnswer = bigint | undefined;
