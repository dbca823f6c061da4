import type { PowAlgorithmName, StreamParameters } from "@trellis/protocol";

/** The two numbers only matter to `memory`. */
export type PowParameters = Pick<StreamParameters, "algorithm" | "memoryKiB" | "passes">;

/** Valid work does not exceed the target. */
export interface PowAlgorithm {
  readonly name: PowAlgorithmName;
  /** Approximate, on one thread. µs */
  readonly hashMicroseconds: number;
  /**
   * Little-endian, as in Kaspa.
   * @throws ARGUMENT_INVALID
   */
  hash(sealRoot: Uint8Array, nonce: bigint): bigint;
  /**
   * Precomputes for many nonces.
   * @throws ARGUMENT_INVALID
   */
  prepare(sealRoot: Uint8Array): PreparedWork;
}

export interface PreparedWork {
  /** 32 bytes, overwritten by the next call. 32-bit halves, because a bigint costs more than the cheapest hash. */
  digest(nonceLow: number, nonceHigh: number): Uint8Array;
}
