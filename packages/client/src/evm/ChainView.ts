import type { Hex } from "@trellis/base";

export interface BlockReference {
  readonly height: number;
  readonly hash: Hex;
}

export interface ChainView {
  /** Host name without credentials. */
  readonly name: string;
  chainId(): Promise<number>;
  blockHash(height: number): Promise<Hex | undefined>;
  /** wei. */
  balance(address: Hex, blockHash: Hex): Promise<bigint>;
  /** Undefined on revert. */
  call(to: Hex, data: Hex, blockHash: Hex): Promise<Hex | undefined>;
}
