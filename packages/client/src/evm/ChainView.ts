import type { Hex } from "@trellis/base";

export interface BlockReference {
  readonly height: number;
  readonly hash: Hex;
}

/** Callers treat errors as missing answers. */
export interface ChainView {
  /** A host name; never contains a credential. */
  readonly name: string;
  chainId(): Promise<number>;
  /** Canonical block. */
  blockHash(height: number): Promise<Hex | undefined>;
  /** wei, at a block hash (EIP-1898). */
  balance(address: Hex, blockHash: Hex): Promise<bigint>;
  /** Undefined on revert. */
  call(to: Hex, data: Hex, blockHash: Hex): Promise<Hex | undefined>;
}
