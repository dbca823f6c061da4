import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { silentMetrics } from "@trellis/base";
import { createRpcChainClient, openRpcEndpoint } from "@trellis/client";
import { loadSettings, shownSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import { systemScheduler } from "@trellis/platform/system";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { arbitrageDefinition, arbitrageSettings } from "../../config/arbitrage.ts";
import { openArbitrage } from "../arbitrage/openArbitrage.ts";
import { MARKET_SETTINGS_FILE, type MarketService } from "../demo/demoServices.ts";
import { type DemoMarket, demoMarket } from "./demoMarket.ts";
import { deployMarket, type MarketPorts } from "./deployMarket.ts";
import { runTrader } from "./runTrader.ts";

export interface DemoMarketOptions extends MarketService {
  /** Where the settings of the arbitrage service are, absolute. */
  readonly dataDir: string;
}

const PAUSE_MS = 2_000;

/**
 * Puts the market onto the devnet, opens the arbitrage service on it, and lets the random trader begin.
 * @param tell where the service's API is
 */
export async function openDemoMarket(
  { mode, tradeTime, rpc, chainId, dataDir }: DemoMarketOptions,
  database: Database | undefined,
  io: ServiceIo,
  tell: (url: string) => void,
): Promise<void> {
  const { lifecycle } = io;
  const log = io.log.child("market");
  const request = openRpcEndpoint({ name: "devnet", url: rpc }, { metrics: silentMetrics });
  const client = createRpcChainClient("devnet", chainId, request);
  const market = demoMarket();
  await untilDeployed(market, { chainId, client, signal: lifecycle.signal }, (reason) =>
    log.warn("the market is not there yet", { reason }),
  );
  if (mode !== "market") {
    const flags = [`--live=${mode === "live"}`, "--log-level=warn"];
    const argv = ["serve", "--config", join(dataDir, MARKET_SETTINGS_FILE), ...flags];
    const sources = { argv, environment: {}, defaultFile: "none.yaml" };
    const loaded = await loadSettings(arbitrageDefinition, sources);
    const service = await openArbitrage(
      await arbitrageSettings(loaded.settings, loaded.positionals),
      { ...io, configuration: () => shownSettings(arbitrageDefinition, loaded) },
      undefined,
      database,
    );
    tell(service.port.url);
  }
  await lifecycle.start(
    "random trader",
    () => runTrader(market, tradeTime, { chainId, client, scheduler: systemScheduler, log }),
    (trader) => trader.stop(),
  );
  log.info("the market is open", { pools: market.pools.length, mode });
}

/** Every step is passed over where it was done: what failed for a moment is tried again. */
async function untilDeployed(
  market: DemoMarket,
  ports: MarketPorts,
  failed: (reason: string) => void,
): Promise<void> {
  const { signal } = ports;
  while (!signal.aborted) {
    try {
      return await deployMarket(market, ports);
    } catch (error) {
      if (!signal.aborted) failed(error instanceof Error ? error.message : String(error));
      await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }
}
