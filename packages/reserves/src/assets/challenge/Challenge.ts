import type { Hex } from "@trellis/base";
import type { ChainId } from "../chainId.ts";

/** What the holder of an address signs: good for one custodian, snapshot, chain, height, address, and once. */
export interface Challenge {
  /** The custodian's name, as its root records have it: 1 to 255 printable characters without spaces. */
  readonly custodian: string;
  /** 32 bytes. */
  readonly snapshotId: Hex;
  readonly chain: ChainId;
  /** The height at which the snapshot counts this chain's balances. */
  readonly blockHeight: number;
  /** In its one form: lower case on EVM chains and for bech32. */
  readonly address: string;
  /** 32 random bytes. */
  readonly nonce: Hex;
}
