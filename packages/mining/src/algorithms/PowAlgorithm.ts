import type { PowAlgorithmName, StreamParameters } from "@trellis/protocol";

/** What of a stream decides how its work is checked. The two numbers only matter to `memory`. */
export type PowParameters = Pick<StreamParameters, "algorithm" | "memoryKiB" | "passes">;

/** A proof-of-work function. Its value must not exceed the target. */
export interface PowAlgorithm {
  readonly name: PowAlgorithmName;
  /** Rough time of one hash on one thread, to decide where it should run. µs */
  readonly hashMicroseconds: number;
  /**
   * The work's value: 32 bytes read little-endian, as Kaspa reads them, for every algorithm.
   * @throws ARGUMENT_INVALID
   */
  hash(sealRoot: Uint8Array, nonce: bigint): bigint;
  /**
   * Does what depends on the seal root only, once for many nonces.
   * @throws ARGUMENT_INVALID
   */
  prepare(sealRoot: Uint8Array): PreparedWork;
}

/** A seal root ready for many nonces. */
export interface PreparedWork {
  /**
   * The 32 bytes whose little-endian value is compared with the target. They are overwritten by the next call.
   * The nonce comes as its two 32-bit halves, because a bigint a hash costs more than the cheapest hash.
   */
  digest(nonceLow: number, nonceHigh: number): Uint8Array;
}
