import type { Hex } from "@trellis/base";
import type { BlockReference } from "@trellis/client";
import type { AdministeredParts } from "@trellis/platform/administration";
import type { EventDraft } from "@trellis/platform/events";
import type { ApiPorts, EventStream } from "@trellis/platform/http";
import type { OfferedSettings } from "@trellis/platform/runtimeSettings";
import type { ArbitrageEngine, ExecutionAccounts } from "../engine/index.ts";
import type { ArbitrageLedger, Movement } from "../ledger/index.ts";
import type { Pool } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import type { KillSwitch, Risk, RiskLimits } from "../risk/index.ts";

/** Narrow interfaces to the parts that the API uses. */
export interface ArbitrageParts extends AdministeredParts {
  readonly chainId: number;
  readonly accounts: ExecutionAccounts;
  /** True if trades run through the owner's contract in simulation. */
  readonly isSimulated: boolean;
  /** Names of private relays; empty: public mempool. */
  readonly relays: readonly string[];
  readonly engine: Pick<ArbitrageEngine, "status" | "simulate" | "execute"> & {
    /** Undefined before the first block. */
    watch(): FollowedPools | undefined;
  };
  readonly ledger: Pick<
    ArbitrageLedger,
    "storage" | "history" | "histories" | "scans" | "performance" | "movements"
  >;
  /** Books foreign transactions, atomically. */
  readonly bookTransfers: (transactionHashes: readonly Hex[]) => Promise<readonly Movement[]>;
  readonly risk: Pick<Risk, "state" | "kill" | "revive" | "closeBreaker">;
  /** Read per request: limits may change at runtime. */
  readonly limits: () => RiskLimits;
  readonly killSwitch: KillSwitch;
  readonly prices: () => readonly MarketPrice[];
  readonly wallets: () => Promise<readonly WalletView[]>;
  /** Metadata at a block, cached. */
  readonly token: (token: Hex, blockHash: Hex) => Promise<TokenView>;
  readonly config: OfferedConfig;
  readonly announce: (events: readonly EventDraft[]) => Promise<void>;
  readonly events: EventStream;
  readonly http: ApiPorts;
}

interface FollowedPools {
  readonly book: { pools(): Iterable<Pool> };
  /** By token, with the reason. */
  readonly excluded: ReadonlyMap<string, string>;
  /** Excluded pools of accepted tokens, with the reason. */
  readonly quarantined: ReadonlyMap<string, string>;
  readonly stale: readonly {
    readonly source: Pick<PoolSource, "address" | "kind" | "tokens">;
    readonly reason: string;
  }[];
}

/** Runtime settings with their documentation. */
export interface OfferedConfig extends OfferedSettings {
  about(key: string): { readonly summary: string; readonly unit: string | undefined };
}

/** `amount` base units of a token are worth `wei`. */
export interface MarketPrice {
  readonly token: Hex;
  readonly amount: bigint;
  readonly wei: bigint;
  readonly source: "settings" | "pools";
}

/** Token metadata; undefined if missing or invalid. */
export interface TokenView {
  readonly token: Hex;
  /** Untrusted: shortened, without invisible characters. */
  readonly symbol: string | undefined;
  readonly decimals: number | undefined;
}

/** Balances of one of our accounts at the head. */
export interface WalletView {
  readonly address: Hex;
  readonly isExecutor: boolean;
  readonly isOwner: boolean;
  /** Undefined before the first block. */
  readonly block: BlockReference | undefined;
  readonly coin: bigint | undefined;
  readonly nonce: number | undefined;
  readonly inFlightCount: number;
  /** Maximum daily volume in live mode; undefined in paper mode. */
  readonly liveDayMaxWei: bigint | undefined;
  /** Undefined if the token returns none. */
  readonly tokens: readonly { readonly token: Hex; readonly amount: bigint | undefined }[];
}
