import type { Hex } from "@trellis/base";

/** Fixed while the signer is running. */
export interface SignerPolicy {
  readonly chains: ReadonlySet<number>;
  /** Contracts whose `execute` may be called. */
  readonly contracts: ReadonlySet<Hex>;
  readonly valueWeiMax: bigint;
  /** Per unit of gas. */
  readonly gasPriceWeiMax: bigint;
  readonly gasLimitMax: bigint;
  /** Includes refused requests. */
  readonly requestsPerMinuteMax: number;
  readonly signaturesPerDayMax: number;
  /** Cost: gas limit × maximum fee + value. */
  readonly dayWeiMax: bigint;
}
