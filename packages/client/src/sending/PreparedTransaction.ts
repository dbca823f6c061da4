import type { Hex } from "@trellis/base";

/** Per unit of gas (EIP-1559). */
export interface GasFees {
  readonly maxFeeWei: bigint;
  readonly maxTipWei: bigint;
}

/** Signed and not sent: what is written down before it is sent can be sent again, and does the same once. */
export interface PreparedTransaction extends GasFees {
  readonly hash: Hex;
  /** The signed transaction's encoding. */
  readonly raw: Hex;
  readonly nonce: number;
  readonly gasLimit: bigint;
}
