import type { Hex } from "@trellis/base";
import type { BlockReference } from "@trellis/client";
import type { Route } from "@trellis/contracts/arbitrage";
import type { RouteOutcome } from "../simulation/index.ts";
import type { DecisionStage, ExecutionOutcome, MovementKind, OpportunityOutcome } from "./schema.ts";
import type { SeriesStorage } from "./series.ts";

export type Asset = Hex | "coin";

export interface Opportunity {
  readonly id: string;
  readonly chainId: number;
  readonly block: BlockReference;
  readonly route: Route;
  /** Base units. */
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
  /** Such as `paysTooLittle`, or an error code. */
  readonly code: string;
  readonly reason: string;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly decidedAtMs: number;
}

export interface SkippedTrade {
  readonly opportunity: Opportunity;
  readonly decision: DecisionRecord;
}

export interface ExecutionRecord {
  readonly wallet: Hex;
  readonly nonce: number;
  readonly outcome: ExecutionOutcome;
  readonly inclusion:
    | {
        readonly transactionHash: Hex;
        readonly block: BlockReference;
        readonly gasUsed: bigint;
        readonly gasPriceWei: bigint;
        readonly l1FeeWei?: bigint;
      }
    | undefined;
  readonly changedAtMs: number;
}

export interface Fill {
  readonly place: number;
  readonly pool: Hex;
  readonly tokenIn: Hex;
  readonly amountIn: bigint;
  readonly tokenOut: Hex;
  readonly amountOut: bigint;
}

export interface NonceSlotBooking {
  readonly chainId: number;
  readonly wallet: Hex;
  readonly nonce: number;
  readonly version: number;
  readonly transactionHashes: readonly Hex[];
  readonly movements: readonly Movement[];
  readonly executions: readonly {
    readonly opportunityId: string;
    readonly execution: ExecutionRecord;
    readonly fills: readonly Fill[];
  }[];
}

export interface Movement {
  readonly chainId: number;
  readonly account: Hex;
  readonly asset: Asset;
  readonly kind: MovementKind;
  /** Base units; negative for outflows. */
  readonly amount: bigint;
  /** Value in wei; undefined without a price. */
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

export interface AssetResult {
  readonly chainId: number;
  readonly asset: Asset;
  readonly profit: bigint;
  /** Base units; zero or negative. */
  readonly gas: bigint;
  /** Value of profit and gas in wei, without unpriced assets. */
  readonly reference: bigint;
  readonly unpricedCount: number;
}

export interface ScanRecord {
  readonly chainId: number;
  readonly block: BlockReference;
  readonly blockTimeMs: number;
  readonly found: number;
  readonly examined: number;
  readonly sized: number;
  readonly trades: number;
  readonly truncated: readonly string[];
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

/** `toMs` is exclusive. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface HistoryQuery extends Partial<TimeRange> {
  readonly limit: number;
  readonly after?: { readonly foundAtMs: number; readonly id: string } | undefined;
  readonly token?: Hex | undefined;
  readonly outcomes?: readonly OpportunityOutcome[] | undefined;
  readonly ids?: readonly string[] | undefined;
}

export const PERIODS = ["hour", "day", "week", "month"] as const;
export type Period = (typeof PERIODS)[number];

/** UTC; weeks start on Monday. */
export interface PeriodResult {
  readonly fromMs: number;
  /** Counts by the time when opportunities were found. */
  readonly outcomes: Readonly<Record<OpportunityOutcome, number>>;
  readonly assets: readonly AssetResult[];
}

/**
 * Amounts are base units; writes are idempotent. `addSimulation` and `addDecision` throw OPPORTUNITY_NOT_FOUND
 * for unknown opportunities; `setSlot` ignores them.
 */
export interface ArbitrageLedger {
  readonly storage: SeriesStorage;
  addOpportunity(opportunity: Opportunity): Promise<void>;
  addSimulation(opportunityId: string, simulation: SimulationRecord): Promise<void>;
  addDecision(opportunityId: string, decision: DecisionRecord): Promise<void>;
  addSkipped(passed: readonly SkippedTrade[]): Promise<void>;
  /** Keeps a block's scan with the greatest `examined`. */
  addScan(scan: ScanRecord): Promise<void>;
  /**
   * Replaces the booking of a slot and its jobs atomically. Ignores stale versions and jobs past the
   * retention period.
   */
  setSlot(booking: NonceSlotBooking, nowMs: number): Promise<void>;
  setMovements(
    chainId: number,
    transactionHashes: readonly Hex[],
    movements: readonly Movement[],
    nowMs: number,
  ): Promise<void>;
  movementsOf(chainId: number, transactionHashes: readonly Hex[]): Promise<readonly Movement[]>;
  /** Includes zero balances. */
  positions(chainId: number, upToHeight: number): Promise<readonly Position[]>;
  results(time: TimeRange): Promise<readonly AssetResult[]>;
  /** Non-empty periods, earliest first. */
  performance(time: TimeRange, period: Period): Promise<readonly PeriodResult[]>;
  opportunity(id: string): Promise<Opportunity | undefined>;
  history(opportunityId: string): Promise<OpportunityHistory | undefined>;
  histories(query: HistoryQuery): Promise<readonly OpportunityHistory[]>;
  scans(
    after: { readonly scannedAtMs: number; readonly hash: string } | undefined,
    limit: number,
  ): Promise<readonly ScanRecord[]>;
  movements(
    after: bigint,
    limit: number,
    time?: TimeRange,
  ): Promise<readonly (Movement & { readonly position: bigint })[]>;
}
