import type { Hex } from "@trellis/base";
import type { BlockReference } from "@trellis/client";
import type { AdministeredPorts } from "@trellis/platform/admin";
import type { CostRoutePorts } from "@trellis/platform/cost";
import type { EventDraft } from "@trellis/platform/events";
import type { ApiPorts, EventStream } from "@trellis/platform/http";
import type { OfferedSettings } from "@trellis/platform/runtimeSettings";
import type { ArbitrageEngine, ExecutionAccounts } from "../engine/index.ts";
import type { ArbitrageLedger, Movement } from "../ledger/index.ts";
import type { Pool } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import type { KillSwitch, Risk, RiskLimits } from "../risk/index.ts";

export interface ArbitrageApiPorts extends AdministeredPorts, CostRoutePorts {
  readonly chainId: number;
  readonly accounts: () => ExecutionAccounts & {
    /** Whether trades are simulated through the owner's Arbitrageur contract. */
    readonly isSimulated: boolean;
  };
  /** Private relays; empty: public mempool. */
  readonly relays: readonly string[];
  readonly engine: Pick<ArbitrageEngine, "status" | "simulate" | "execute"> & {
    watch(): FollowedPools | undefined;
  };
  readonly ledger: Pick<
    ArbitrageLedger,
    "storage" | "history" | "histories" | "scans" | "performance" | "movements"
  >;
  readonly bookTransfers: (transactionHashes: readonly Hex[]) => Promise<readonly Movement[]>;
  readonly risk: Pick<Risk, "state" | "kill" | "revive" | "closeBreaker">;
  readonly limits: () => RiskLimits;
  readonly killSwitch: KillSwitch;
  readonly prices: () => readonly MarketPrice[];
  readonly wallets: () => Promise<readonly WalletView[]>;
  readonly token: (token: Hex, blockHash: Hex) => Promise<TokenView>;
  readonly config: OfferedConfig;
  readonly announce: (events: readonly EventDraft[]) => Promise<void>;
  readonly events: EventStream;
  readonly http: ApiPorts;
}

interface FollowedPools {
  readonly book: { pools(): Iterable<Pool> };
  readonly excluded: ReadonlyMap<string, string>;
  readonly quarantined: ReadonlyMap<string, string>;
  readonly stale: readonly {
    readonly source: Pick<PoolSource, "address" | "kind" | "tokens">;
    readonly reason: string;
  }[];
}

export interface OfferedConfig extends OfferedSettings {
  about(key: string): { readonly summary: string; readonly unit: string | undefined };
}

export interface MarketPrice {
  readonly token: Hex;
  readonly amount: bigint;
  readonly wei: bigint;
  readonly source: "settings" | "pools";
}

export interface TokenView {
  readonly token: Hex;
  /** Untrusted; invisible characters are removed. */
  readonly symbol: string | undefined;
  readonly decimals: number | undefined;
}

export interface WalletView {
  readonly address: Hex;
  readonly isExecutor: boolean;
  readonly isOwner: boolean;
  readonly block: BlockReference | undefined;
  readonly coin: bigint | undefined;
  readonly nonce: number | undefined;
  readonly inFlightCount: number;
  readonly liveDayMaxWei: bigint | undefined;
  /** Undefined if the token returns no balance. */
  readonly tokens: readonly { readonly token: Hex; readonly amount: bigint | undefined }[];
}
