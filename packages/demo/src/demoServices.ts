export const MARKET_MODES = ["paper", "live", "market", "off"] as const;
export type MarketMode = (typeof MARKET_MODES)[number];

export interface MarketService {
  readonly mode: Exclude<MarketMode, "off">;
  readonly tradeTime: number;
  readonly rpc: string;
  readonly chainId: number;
}

export interface DemoServices {
  readonly dataDir: string;
  readonly reserves?: readonly string[];
  readonly market?: MarketService;
}

export interface DemoReady {
  readonly url: string | null;
  /** True if mode and database setting allow live trading. */
  readonly isLive: boolean;
}

/** To a process on standby. */
export interface DemoArguments {
  readonly args: readonly string[];
}

export interface DemoMessage {
  readonly arbitrageUrl: string;
}

export const MARKET_SETTINGS_FILE = "arbitrage.yaml";
export const ADMIN_KEY_FILE = "admin-key";
export const RPC_FILE = "rpc";
export const WALLET_KEY_FILE = "wallet-key";
