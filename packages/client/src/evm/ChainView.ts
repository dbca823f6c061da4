import type { Hex } from "@trellis/base";

export interface BlockReference {
  readonly height: number;
  readonly hash: Hex;
}

/** Port: one node of an EVM chain. What throws counts as no answer. */
export interface ChainView {
  /** Tells nodes apart in reports: a host name, never a credential. */
  readonly name: string;
  chainId(): Promise<number>;
  /** The canonical block's hash at a height; undefined when there is none. */
  blockHash(height: number): Promise<Hex | undefined>;
  /** In wei, in the state of a block named by its hash (EIP-1898). */
  balance(address: Hex, blockHash: Hex): Promise<bigint>;
  /** What a contract answers to a call, in the state of a block; undefined when it reverts. */
  call(to: Hex, data: Hex, blockHash: Hex): Promise<Hex | undefined>;
}
