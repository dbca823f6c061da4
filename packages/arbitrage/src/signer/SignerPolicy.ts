import type { Hex } from "@trellis/base";

/** What a signer signs, whoever asks. Nothing of it can be changed while it runs. */
export interface SignerPolicy {
  readonly chains: ReadonlySet<number>;
  /** Arbitrageurs: the only contracts that are called, and of them only `execute`. */
  readonly contracts: ReadonlySet<Hex>;
  readonly valueWeiMax: bigint;
  /** The most for a unit of gas. */
  readonly gasPriceWeiMax: bigint;
  readonly gasLimitMax: bigint;
  /** Requests of all kinds, refused ones too. */
  readonly requestsPerMinuteMax: number;
  readonly signaturesPerDayMax: number;
  /** What the transactions of a UTC day can cost at most: gas limit times highest fee, and value. */
  readonly dayWeiMax: bigint;
}
