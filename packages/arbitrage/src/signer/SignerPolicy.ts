import type { Hex } from "@trellis/base";

export interface SignerPolicy {
  readonly chains: ReadonlySet<number>;
  /** Contracts whose `execute` may be called. */
  readonly contracts: ReadonlySet<Hex>;
  readonly valueWeiMax: bigint;
  readonly gasPriceWeiMax: bigint;
  readonly gasLimitMax: bigint;
  /** Includes refused requests. */
  readonly requestsPerMinuteMax: number;
  readonly signaturesPerDayMax: number;
  /** Gas limit × maximum fee + value. */
  readonly dayWeiMax: bigint;
}
