import type { PoolAddress, TokenAddress } from "../Pool.ts";

export interface UniswapV3Identity {
  readonly address: PoolAddress;
  readonly tokens: readonly [TokenAddress, TokenAddress];
  /** In millionths. */
  readonly fee: number;
  readonly tickSpacing: number;
}
