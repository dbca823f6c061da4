import type { Hex } from "@trellis/base";

/** What trading on one chain must keep to. Values in wei of the chain's coin; days are UTC days. */
export interface RiskLimits {
  /** Tokens that a profit may be in: those that the owner trusts to tell balances. */
  readonly profitTokens: ReadonlySet<Hex>;
  /** The most that one trade may move of its first token. */
  readonly tradeWeiMax: bigint;
  /** The most that a day's trades may move of one token. */
  readonly tokenDayWeiMax: bigint;
  /** Where it differs for a token. */
  readonly tokenDayWeiMaxOf: ReadonlyMap<Hex, bigint>;
  /** The most that a day's trades may move on the chain. */
  readonly chainDayWeiMax: bigint;
  /** The most that a day's transactions may cost, those on their way by their limits. */
  readonly gasDayWeiMax: bigint;
  /** A day's net loss that opens the breaker: it stays open until somebody closes it. */
  readonly lossDayWeiMax: bigint;
  /** Failures in a row that open the breaker. */
  readonly failuresMax: number;
  /** The most for a unit of gas. */
  readonly gasPriceWeiMax: bigint;
  /** How old the block may be in whose state the trade was found. */
  readonly dataAgeMsMax: number;
  /** How far the pools' price may be from the reference price, in millionths. */
  readonly priceDeviationPpmMax: number;
}

/** A trade that asks to be admitted. */
export interface RiskRequest {
  readonly id: string;
  /** What the trade begins and ends with. */
  readonly token: Hex;
  readonly notionalWei: bigint;
  /** Which of them it passes: each is for one trade at a time. */
  readonly pools: readonly Hex[];
  /** Of the block in whose state it was found, and of the last one that can include it. */
  readonly height: number;
  readonly lastBlock: number;
  /** The most that its transaction can cost: gas limit times the highest fee, and what a rollup charges beside. */
  readonly gasWeiMax: bigint;
  readonly gasPriceWei: bigint;
  /** Of the block in whose state it was found. */
  readonly blockTimeMs: number;
  /** How far the price that it is valued by, or the pools' own, is from the reference; undefined without one. */
  readonly priceDeviationPpm: number | undefined;
  /** Why there is no reference. */
  readonly priceReason?: string;
}
