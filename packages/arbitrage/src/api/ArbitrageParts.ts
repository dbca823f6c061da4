import type { Hex } from "@trellis/base";
import type { BlockReference } from "@trellis/client";
import type { AdministeredParts } from "@trellis/platform/administration";
import type { OfferedSettings } from "@trellis/platform/dynamic";
import type { EventDraft } from "@trellis/platform/events";
import type { ApiPorts, EventStream } from "@trellis/platform/http";
import type { ArbitrageEngine, ExecutionAccounts } from "../engine/index.ts";
import type { ArbitrageLedger, Movement } from "../ledger/index.ts";
import type { Pool } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import type { KillSwitch, Risk, RiskLimits } from "../risk/index.ts";

/** What the API is built on. Each part is as narrow as what the API asks of it. */
export interface ArbitrageParts extends AdministeredParts {
  readonly chainId: number;
  readonly accounts: ExecutionAccounts;
  /** Whether trades are simulated with the owner's contract. */
  readonly isSimulated: boolean;
  /** Private relays that transactions are handed to, by name; empty: the public pool. */
  readonly relays: readonly string[];
  readonly engine: Pick<ArbitrageEngine, "status" | "simulate" | "execute"> & {
    /** Undefined before the first look. */
    watch(): FollowedPools | undefined;
  };
  readonly ledger: Pick<
    ArbitrageLedger,
    "storage" | "history" | "histories" | "scans" | "performance" | "movements"
  >;
  /** Enters what transactions of others than the engine moved: all of them or none. */
  readonly bookTransfers: (transactionHashes: readonly Hex[]) => Promise<readonly Movement[]>;
  readonly risk: Pick<Risk, "state" | "kill" | "revive" | "closeBreaker">;
  /** As they are now. */
  readonly limits: () => RiskLimits;
  readonly killSwitch: KillSwitch;
  readonly prices: () => readonly MarketPrice[];
  readonly wallets: () => Promise<readonly WalletView[]>;
  /** At a block, the first time that it is asked for. */
  readonly token: (token: Hex, blockHash: Hex) => Promise<TokenView>;
  readonly config: OfferedConfig;
  /** Publishes events. */
  readonly announce: (events: readonly EventDraft[]) => Promise<void>;
  readonly events: EventStream;
  readonly http: ApiPorts;
}

/** The pools of the head, and those that take no part. */
interface FollowedPools {
  readonly book: { pools(): Iterable<Pool> };
  /** Tokens that are left out, with the reason. */
  readonly excluded: ReadonlyMap<string, string>;
  /** Pools that are left out though their tokens are not, with the reason. */
  readonly quarantined: ReadonlyMap<string, string>;
  /** Pools without a certain state. */
  readonly stale: readonly {
    readonly source: Pick<PoolSource, "address" | "kind" | "tokens">;
    readonly reason: string;
  }[];
}

/** Settings that change while the service runs, with what they are for. */
export interface OfferedConfig extends OfferedSettings {
  about(key: string): { readonly summary: string; readonly unit: string | undefined };
}

/** So many base units of a token are worth so many wei of the chain's coin. */
export interface MarketPrice {
  readonly token: Hex;
  readonly amount: bigint;
  readonly wei: bigint;
  /** Who says so. */
  readonly source: "settings" | "pools";
}

/** What a token says of itself; undefined where it says nothing, or something else. */
export interface TokenView {
  readonly token: Hex;
  /** Short, and without characters that are not seen. Whoever wrote the token chose it. */
  readonly symbol: string | undefined;
  readonly decimals: number | undefined;
}

/** What an account of ours has, in the state of the head. */
export interface WalletView {
  readonly address: Hex;
  /** Whether it executes, and whether it receives the profits. */
  readonly isExecutor: boolean;
  readonly isOwner: boolean;
  /** Undefined before the chain was seen. */
  readonly block: BlockReference | undefined;
  readonly coin: bigint | undefined;
  readonly nonce: number | undefined;
  /** Transactions on their way. */
  readonly inFlightCount: number;
  /** The most that a day's trades may move with money; undefined on paper. */
  readonly liveDayMaxWei: bigint | undefined;
  /** Undefined where the token does not tell. */
  readonly tokens: readonly { readonly token: Hex; readonly amount: bigint | undefined }[];
}
