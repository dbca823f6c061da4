import type { PowAlgorithmName, StreamParameters } from "@trellis/protocol";

/** `memoryKiB` and `passes` are only for `memory`. */
export type PowParameters = Pick<StreamParameters, "algorithm" | "memoryKiB" | "passes">;

/** A hash is valid work if it does not exceed the target. */
export interface PowAlgorithm {
  readonly name: PowAlgorithmName;
  /** One hash on one thread, approximately. */
  readonly hashMicroseconds: number;
  /**
   * The result is read as little-endian, as in Kaspa.
   * @throws ARGUMENT_INVALID
   */
  hash(sealRoot: Uint8Array, nonce: bigint): bigint;
  /**
   * Precomputes what all nonces share.
   * @throws ARGUMENT_INVALID
   */
  prepare(sealRoot: Uint8Array): PreparedWork;
}

export interface PreparedWork {
  /** The next call overwrites the result. Takes 32-bit halves, because a bigint costs more than the cheapest hash. */
  digest(nonceLow: number, nonceHigh: number): Uint8Array;
}
