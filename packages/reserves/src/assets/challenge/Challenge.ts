import type { Hex } from "@trellis/base";
import type { ChainId } from "../chainId.ts";

export interface Challenge {
  /** 1 to 255 printable characters without spaces. */
  readonly custodian: string;
  /** 32 bytes. */
  readonly snapshotId: Hex;
  readonly chain: ChainId;
  readonly blockHeight: number;
  /** Canonical: lower case for EVM and bech32. */
  readonly address: string;
  /** 32 random bytes. */
  readonly nonce: Hex;
}
