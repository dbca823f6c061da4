import type { Hex } from "@trellis/base";
import type { BlockReference } from "@trellis/client";
import type { Route } from "@trellis/contracts/arbitrage";
import type { RouteOutcome } from "../simulation/index.ts";
import type { DecisionStage, ExecutionOutcome, MovementKind, OpportunityOutcome } from "./schema.ts";
import type { SeriesStorage } from "./series.ts";

/** A token by its address, or the chain's own coin. */
export type Asset = Hex | "coin";

export interface Opportunity {
  readonly id: string;
  readonly chainId: number;
  /** In whose state it was found. */
  readonly block: BlockReference;
  readonly route: Route;
  /** Base units of the route's first token. */
  readonly expectedProfit: bigint;
  readonly foundAtMs: number;
}

export interface SimulationRecord extends RouteOutcome {
  readonly simulator: string;
  readonly simulatedAtMs: number;
}

export type Figure = string | number | bigint | boolean;

export interface DecisionRecord {
  readonly stage: DecisionStage;
  readonly isGo: boolean;
  /** `paysTooLittle`, `tokenDenied`, or the code of an error. */
  readonly code: string;
  /** In words, with what it was decided from. */
  readonly reason: string;
  /** All that it was decided from. */
  readonly figures: Readonly<Record<string, Figure>>;
  readonly decidedAtMs: number;
}

/** An opportunity with the one decision that was made of it. */
export interface SkippedTrade {
  readonly opportunity: Opportunity;
  readonly decision: DecisionRecord;
}

export interface ExecutionRecord {
  readonly wallet: Hex;
  readonly nonce: number;
  readonly outcome: ExecutionOutcome;
  /** Undefined unless it is executed or reverted. */
  readonly inclusion:
    | {
        readonly transactionHash: Hex;
        readonly block: BlockReference;
        readonly gasUsed: bigint;
        readonly gasPriceWei: bigint;
        /** What a rollup charged beside gas; missing on other chains. */
        readonly l1FeeWei?: bigint;
      }
    | undefined;
  readonly changedAtMs: number;
}

/** What one hop of a route did, as its pool told it. */
export interface Fill {
  readonly place: number;
  readonly pool: Hex;
  readonly tokenIn: Hex;
  readonly amountIn: bigint;
  readonly tokenOut: Hex;
  readonly amountOut: bigint;
}

/** What a slot's transactions have done, as of one version of the slot. */
export interface NonceSlotBooking {
  readonly chainId: number;
  readonly wallet: Hex;
  readonly nonce: number;
  /** Of the slot: what its later versions say replaces what earlier ones said, in whatever order they are told. */
  readonly version: number;
  /** All that were ever signed for it. */
  readonly transactionHashes: readonly Hex[];
  readonly movements: readonly Movement[];
  readonly executions: readonly {
    readonly opportunityId: string;
    readonly execution: ExecutionRecord;
    readonly fills: readonly Fill[];
  }[];
}

/** A change of one account's balance by one transaction in one block. */
export interface Movement {
  readonly chainId: number;
  readonly account: Hex;
  readonly asset: Asset;
  readonly kind: MovementKind;
  /** Base units; negative for what goes out. */
  readonly amount: bigint;
  /** In the smallest unit of the reference currency; undefined where there was no price. */
  readonly reference: bigint | undefined;
  readonly opportunityId: string | undefined;
  readonly transactionHash: Hex;
  readonly block: BlockReference;
  readonly recordedAtMs: number;
}

export interface Position {
  readonly account: Hex;
  readonly asset: Asset;
  readonly amount: bigint;
}

/** Of one asset in a time; reversals within it count. */
export interface AssetResult {
  readonly chainId: number;
  readonly asset: Asset;
  readonly profit: bigint;
  /** At most 0. */
  readonly gas: bigint;
  /** Profit and gas in the reference currency, of what had a price. */
  readonly reference: bigint;
  /** Movements that had no price. */
  readonly unpricedCount: number;
}

/** A look at one block at which something was found or left out. */
export interface ScanRecord {
  readonly chainId: number;
  readonly block: BlockReference;
  readonly blockTimeMs: number;
  /** Cycles that pay at the margin. */
  readonly found: number;
  readonly examined: number;
  /** Cycles that were sized exactly. */
  readonly sized: number;
  /** Those that became opportunities. */
  readonly trades: number;
  /** What was not looked at: the names of the caps. */
  readonly truncated: readonly string[];
  /** Sized cycles that are no opportunities, by the reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly scannedAtMs: number;
}

export interface OpportunityHistory extends Opportunity {
  readonly outcome: OpportunityOutcome;
  readonly simulations: readonly SimulationRecord[];
  readonly decisions: readonly DecisionRecord[];
  readonly execution: ExecutionRecord | undefined;
  readonly fills: readonly Fill[];
}

/** A time: milliseconds, from inclusive, to exclusive. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface HistoryQuery extends Partial<TimeRange> {
  readonly limit: number;
  /** Behind this one, in the order of the list. */
  readonly after?: { readonly foundAtMs: number; readonly id: string } | undefined;
  /** What it begins and ends with. */
  readonly token?: Hex | undefined;
  readonly outcomes?: readonly OpportunityOutcome[] | undefined;
  /** Only these. */
  readonly ids?: readonly string[] | undefined;
}

export const PERIODS = ["hour", "day", "week", "month"] as const;
export type Period = (typeof PERIODS)[number];

/** What a period brought; of UTC, weeks begin on Mondays. */
export interface PeriodResult {
  readonly fromMs: number;
  /** Opportunities by what became of them, by the time at which they were found. */
  readonly outcomes: Readonly<Record<OpportunityOutcome, number>>;
  /** By the time at which it was entered. */
  readonly assets: readonly AssetResult[];
}

/**
 * The books of arbitrage. Amounts are integers in base units. What is told twice counts once.
 * Throws OPPORTUNITY_NOT_FOUND where something is reported of what was never found, except with a slot.
 */
export interface ArbitrageLedger {
  /** How what grows with every block is kept. */
  readonly storage: SeriesStorage;
  addOpportunity(opportunity: Opportunity): Promise<void>;
  addSimulation(opportunityId: string, simulation: SimulationRecord): Promise<void>;
  addDecision(opportunityId: string, decision: DecisionRecord): Promise<void>;
  /** Opportunities that nothing more happens to, each with why. */
  addSkipped(passed: readonly SkippedTrade[]): Promise<void>;
  /** Of a block's scans the one that examined the most is kept: each look adds to what those before it found. */
  addScan(scan: ScanRecord): Promise<void>;
  /**
   * Replaces what was known of a slot and its jobs, all of it or nothing: a reorganisation may take it back. Nothing
   * where a later version was told: a worker that was slow does not undo what another one entered. Jobs whose
   * opportunities were dropped with their month are passed over.
   */
  setSlot(booking: NonceSlotBooking, nowMs: number): Promise<void>;
  /**
   * Makes the movements of these transactions, by account, asset and kind, those that are given: what is missing is
   * entered, and what is too much, as of blocks that were reorganised away, is taken back by further movements.
   */
  setMovements(
    chainId: number,
    transactionHashes: readonly Hex[],
    movements: readonly Movement[],
    nowMs: number,
  ): Promise<void>;
  /** Those of these transactions that were entered, in the order of entering. */
  movementsOf(chainId: number, transactionHashes: readonly Hex[]): Promise<readonly Movement[]>;
  /** By the blocks up to this height. Positions of nothing are told too. */
  positions(chainId: number, upToHeight: number): Promise<readonly Position[]>;
  results(time: TimeRange): Promise<readonly AssetResult[]>;
  /** The periods of a time in which something was found or booked, the earliest first. */
  performance(time: TimeRange, period: Period): Promise<readonly PeriodResult[]>;
  /** As it was found. */
  opportunity(id: string): Promise<Opportunity | undefined>;
  /** With all that was told of it. */
  history(opportunityId: string): Promise<OpportunityHistory | undefined>;
  /** Newest first. */
  histories(query: HistoryQuery): Promise<readonly OpportunityHistory[]>;
  /** Newest first, those behind `after`. */
  scans(
    after: { readonly scannedAtMs: number; readonly hash: string } | undefined,
    limit: number,
  ): Promise<readonly ScanRecord[]>;
  /** In the order of entering, after a position, of a time or all. */
  movements(
    after: bigint,
    limit: number,
    time?: TimeRange,
  ): Promise<readonly (Movement & { readonly position: bigint })[]>;
}
