import type { Hex } from "@trellis/base";

/** Per gas (EIP-1559). */
export interface GasFees {
  readonly maxFeeWei: bigint;
  readonly maxTipWei: bigint;
}

export interface PreparedTransaction extends GasFees {
  readonly hash: Hex;
  readonly raw: Hex;
  readonly nonce: number;
  readonly gasLimit: bigint;
}
