/** Whether the devnet has a market with a random trader, and what its arbitrage service does there. */
export const MARKET_MODES = ["paper", "live", "market", "off"] as const;
export type MarketMode = (typeof MARKET_MODES)[number];

export interface MarketService {
  /** `market`: nobody arbitrages. */
  readonly mode: Exclude<MarketMode, "off">;
  /** ms between the random trader's trades. */
  readonly tradeTime: number;
  /** The devnet's JSON-RPC. */
  readonly rpc: string;
  readonly chainId: number;
}

/** What a devnet runs in one process beside itself, on one database; in a file that the process reads. */
export interface DemoServices {
  /** Of all of them, absolute. */
  readonly dataDir: string;
  /** Flags of the reserves service. */
  readonly reserves?: readonly string[];
  readonly market?: MarketService;
}

/** The process's first line. */
export interface DemoReady {
  /** Of the demo custodian's API; null without one. */
  readonly url: string | null;
  /** The arbitrage trades with money, by its database's setting too. */
  readonly isLive: boolean;
}

/** What the process tells later. */
export interface DemoMessage {
  /** Where the arbitrage service's API is. */
  readonly arbitrageUrl: string;
}

/** What an arbitrage service needs to know of the market: settings for `--config`. */
export const MARKET_SETTINGS_FILE = "arbitrage.yaml";
/** The admin's API key of all services. */
export const ADMIN_KEY_FILE = "admin-key";
export const RPC_FILE = "rpc";
export const WALLET_KEY_FILE = "wallet-key";
