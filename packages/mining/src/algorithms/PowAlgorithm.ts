import type { PowAlgorithmName, StreamParameters } from "@trellis/protocol";

export type PowParameters = Pick<StreamParameters, "algorithm" | "memoryKiB" | "passes">;

/** A hash is valid work if it does not exceed the target. */
export interface PowAlgorithm {
  readonly name: PowAlgorithmName;
  /** Approximate time of one hash on one thread. */
  readonly hashMicroseconds: number;
  /** Of `prepare` for a new seal root. */
  readonly prepareMicroseconds: number;
  /** Reads the digest as little-endian, as in Kaspa. @throws ARGUMENT_INVALID */
  hash(sealRoot: Uint8Array, nonce: bigint): bigint;
  /** Computes the nonce-independent part. @throws ARGUMENT_INVALID */
  prepare(sealRoot: Uint8Array): PreparedWork;
}

export interface PreparedWork {
  /**
   * The next call overwrites the result. The nonce comes in 32-bit halves, because a bigint costs more than
   * the cheapest hash.
   */
  digest(nonceLow: number, nonceHigh: number): Uint8Array;
  /**
   * Searches faster than calls of `digest`, unless it is undefined. Returns the index of the first nonce first + index · stride (modulo
   * 2^64) whose hash's most significant 64 bits are at most `limit`, else `count` (uint32).
   */
  readonly search?: ((first: bigint, stride: bigint, count: number, limit: bigint) => number) | undefined;
}
