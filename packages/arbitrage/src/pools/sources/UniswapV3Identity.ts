import type { PoolAddress, TokenAddress } from "../Pool.ts";

export interface UniswapV3Identity {
  readonly address: PoolAddress;
  readonly tokens: readonly [TokenAddress, TokenAddress];
  /** Millionths of the input. */
  readonly fee: number;
  readonly tickSpacing: number;
}
