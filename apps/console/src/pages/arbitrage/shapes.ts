import type { Hex } from "viem";

// Used subset of the service's answers. Amounts are base units or wei, as decimal strings.

export interface BlockJson {
  readonly height: number;
  readonly hash: Hex;
}

export interface StatusJson {
  readonly chainId: number;
  readonly mode: "paper" | "live";
  readonly isLive: boolean;
  readonly canBeLive: boolean;
  readonly isSimulated: boolean;
  readonly wallet: Hex;
  readonly owner: Hex;
  readonly arbitrageur: Hex;
  readonly head: BlockJson | null;
  readonly poolCount: number;
  readonly stalePoolCount: number;
  readonly excludedTokens: readonly { readonly token: Hex; readonly reason: string }[];
  readonly bookDifferences:
    | readonly {
        readonly account: Hex;
        readonly asset: string;
        readonly booked: string;
        readonly onChain: string | null;
      }[]
    | null;
  readonly blocks: number;
  readonly reopened: number;
  readonly storage: string;
}

export interface HopJson {
  readonly kind: string;
  readonly pool: Hex;
  readonly tokenIn: Hex;
  readonly tokenOut: Hex;
}

export interface DecisionJson {
  readonly stage: string;
  readonly isGo: boolean;
  readonly code: string;
  readonly reason: string;
  readonly figures: Readonly<Record<string, string>>;
  readonly decidedAtMs: number;
}

interface SimulationJson {
  readonly isSuccess: boolean;
  readonly profit: string;
  readonly gasUsed: string;
  readonly failure: string | null;
}

interface FillJson {
  readonly place: number;
  readonly pool: Hex;
  readonly tokenIn: Hex;
  readonly amountIn: string;
  readonly tokenOut: Hex;
  readonly amountOut: string;
}

export interface ExecutionJson {
  readonly outcome: "open" | "executed" | "reverted" | "expired";
  readonly wallet: Hex;
  readonly nonce: number;
  readonly transactionHash: Hex | null;
  readonly block: BlockJson | null;
  readonly gasUsed: string | null;
  readonly gasPriceWei: string | null;
  /** Includes a rollup's data fee. */
  readonly gasWei: string | null;
  readonly l1FeeWei?: string | null;
  readonly profit: string | null;
  readonly changedAtMs: number;
}

export type Outcome = "found" | "refused" | "recorded" | "open" | "executed" | "reverted" | "expired";

export interface OpportunityJson {
  readonly id: Hex;
  readonly block: BlockJson;
  readonly token: Hex;
  readonly pools: readonly Hex[];
  readonly hops: readonly HopJson[];
  readonly amountIn: string;
  readonly expectedProfit: string;
  readonly foundAtMs: number;
  readonly outcome: Outcome;
  readonly decisions: readonly DecisionJson[];
  readonly simulations: readonly (SimulationJson & {
    readonly simulator: string;
    readonly simulatedAtMs: number;
  })[];
  readonly fills: readonly FillJson[];
  readonly execution: ExecutionJson | null;
}

export interface AssetResultJson {
  readonly asset: string;
  readonly profit: string;
  readonly gas: string;
  readonly reference: string;
  readonly unpricedCount: number;
}

export interface PeriodJson {
  readonly fromMs: number;
  readonly toMs: number;
  readonly opportunityCount: number;
  readonly refusedCount: number;
  readonly recordedCount: number;
  readonly executedCount: number;
  readonly revertedCount: number;
  readonly expiredCount: number;
  readonly resultWei: string;
  readonly unpricedCount: number;
  readonly assets: readonly AssetResultJson[];
}

export interface PerformanceJson {
  readonly period: string;
  readonly items: readonly PeriodJson[];
  readonly total: PeriodJson;
}

export interface StopJson {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface RiskJson {
  readonly killed: StopJson | null;
  readonly breaker: StopJson | null;
  readonly killFile: string | null;
  readonly failuresInARow: number;
  readonly reservedCount: number;
  readonly day: string;
  readonly chainWei: string;
  readonly gasWei: string;
  readonly resultWei: string;
  readonly tokens: readonly { readonly token: Hex; readonly movedWei: string; readonly maxWei: string }[];
  readonly reserved: readonly {
    readonly id: Hex;
    readonly token: Hex;
    readonly notionalWei: string;
    readonly gasWeiMax: string;
  }[];
  readonly limits: {
    readonly tradeWeiMax: string;
    readonly tokenDayWeiMax: string;
    readonly chainDayWeiMax: string;
    readonly gasDayWeiMax: string;
    readonly lossDayWeiMax: string;
    readonly failuresMax: number;
    readonly gasPriceWeiMax: string;
    readonly dataAgeMsMax: number;
  };
}

/** Movement by a transaction that the engine did not send. */
export interface TransferJson {
  readonly account: Hex;
  readonly asset: string;
  readonly kind: string;
  readonly amount: string;
  readonly transactionHash: Hex;
}

export interface WalletJson {
  readonly address: Hex;
  readonly isExecutor: boolean;
  readonly isOwner: boolean;
  readonly mode: "paper" | "live";
  readonly coin: string | null;
  readonly nonce: number | null;
  readonly inFlightCount: number;
  readonly liveDayMaxWei: string | null;
  readonly tokens: readonly { readonly token: Hex; readonly amount: string | null }[];
}

export interface PriceJson {
  readonly token: Hex;
  readonly amount: string;
  readonly wei: string;
  readonly source: "settings" | "pools";
}

export interface PoolJson {
  readonly address: Hex;
  readonly kind: string;
  readonly tokens: readonly Hex[];
  readonly isCertain: boolean;
  readonly reason: string | null;
  readonly state: Readonly<Record<string, string>> | null;
}

export interface TrialJson {
  readonly dryRun: boolean;
  readonly outcome: "refused" | "wouldTrade" | "recorded" | "submitted";
  readonly code: string;
  readonly reason: string;
  readonly block: BlockJson;
  readonly token: Hex;
  readonly amountIn: string;
  readonly expectedProfit: string;
  readonly simulation: SimulationJson | null;
}
