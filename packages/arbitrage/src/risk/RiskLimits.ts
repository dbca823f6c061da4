import type { Hex } from "@trellis/base";

/** Limits for one chain, in wei of its coin per UTC day. */
export interface RiskLimits {
  /** Tokens whose balances the owner trusts. */
  readonly profitTokens: ReadonlySet<Hex>;
  readonly tradeWeiMax: bigint;
  readonly tokenDayWeiMax: bigint;
  /** Overrides by token. */
  readonly tokenDayWeiMaxOf: ReadonlyMap<Hex, bigint>;
  readonly chainDayWeiMax: bigint;
  /** Pending transactions count with their maximum cost. */
  readonly gasDayWeiMax: bigint;
  /** Net loss that opens the circuit breaker until an operator closes it. */
  readonly lossDayWeiMax: bigint;
  /** Consecutive failures that open the breaker. */
  readonly failuresMax: number;
  readonly gasPriceWeiMax: bigint;
  readonly dataAgeMsMax: number;
  /** Deviation of the pool price from the reference price, in millionths. */
  readonly priceDeviationPpmMax: number;
}

export interface RiskRequest {
  readonly id: string;
  readonly token: Hex;
  readonly notionalWei: bigint;
  /** Only one pending trade per pool is admitted. */
  readonly pools: readonly Hex[];
  /** Block of the simulated state, and last block that can include the trade. */
  readonly height: number;
  readonly lastBlock: number;
  /** Gas limit times maximum fee, plus the L1 fee of a rollup. */
  readonly gasWeiMax: bigint;
  readonly gasPriceWei: bigint;
  /** Time of the block whose state was simulated. */
  readonly blockTimeMs: number;
  /** Undefined without a reference price. */
  readonly priceDeviationPpm: number | undefined;
  readonly priceReason?: string;
}
