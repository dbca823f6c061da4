import type { Hex } from "@trellis/base";

/** Limits per chain, in wei. Days are UTC. */
export interface RiskLimits {
  /** Tokens whose balances the owner trusts. */
  readonly profitTokens: ReadonlySet<Hex>;
  readonly tradeWeiMax: bigint;
  readonly tokenDayWeiMax: bigint;
  readonly tokenDayWeiMaxOf: ReadonlyMap<Hex, bigint>;
  readonly chainDayWeiMax: bigint;
  /** Includes pending transactions. */
  readonly gasDayWeiMax: bigint;
  /** A greater loss opens the breaker. */
  readonly lossDayWeiMax: bigint;
  readonly failuresMax: number;
  readonly gasPriceWeiMax: bigint;
  readonly dataAgeMsMax: number;
  /** From the reference price. */
  readonly priceDeviationPpmMax: number;
}

export interface RiskRequest {
  readonly id: string;
  readonly token: Hex;
  readonly notionalWei: bigint;
  /** At most one pending trade per pool. */
  readonly pools: readonly Hex[];
  readonly height: number;
  readonly lastBlock: number;
  /** Gas limit × maximum fee, plus L1 fee. */
  readonly gasWeiMax: bigint;
  readonly gasPriceWei: bigint;
  readonly blockTimeMs: number;
  readonly priceDeviationPpm: number | undefined;
  readonly priceReason?: string;
}
