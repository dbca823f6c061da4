import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ArbitragePorts, openArbitrage } from "@trellis/arbitrage/service";
import { arbitrageServiceDefinition } from "@trellis/arbitrage/service/settings";
import { silentMetrics } from "@trellis/base";
import { createRpcChainClient, openRpcEndpoint } from "@trellis/client";
import { loadSettings, shownSettings } from "@trellis/platform/config";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";
import { MARKET_SETTINGS_FILE, type MarketService } from "../demoServices.ts";
import { type DemoMarket, demoMarket } from "./demoMarket.ts";
import { deployMarket, type MarketPorts } from "./deployMarket.ts";
import { runTrader } from "./runTrader.ts";

interface DemoMarketOptions extends MarketService {
  readonly dataDir: string;
}

const PAUSE_MS = 2_000;

interface DemoMarketPorts extends Pick<ArbitragePorts, "database" | "sessionStore" | "addPages"> {
  readonly tell: (url: string) => void;
}

export async function openDemoMarket(
  { mode, tradeTime, rpc, chainId, dataDir }: DemoMarketOptions,
  { tell, ...shared }: DemoMarketPorts,
  io: ServiceIo,
): Promise<void> {
  const { lifecycle } = io;
  const log = io.log.child("market");
  const request = openRpcEndpoint({ name: "devnet", url: rpc }, { metrics: silentMetrics });
  const client = createRpcChainClient("devnet", chainId, request);
  const market = demoMarket();
  await untilDeployed(market, { chainId, client, signal: lifecycle.signal }, (reason) =>
    log.warn("market.waiting", { reason }),
  );
  if (mode !== "market") {
    const flags = [`--live=${mode === "live"}`, "--log-level=warn"];
    const argv = ["--config", join(dataDir, MARKET_SETTINGS_FILE), ...flags];
    const sources = { argv, environment: {}, defaultFile: "none.yaml" };
    const loaded = await loadSettings(arbitrageServiceDefinition, sources);
    const service = await openArbitrage(loaded.settings, shared, {
      ...io,
      configuration: () => shownSettings(arbitrageServiceDefinition, loaded),
    });
    tell(service.port.url);
  }
  await lifecycle.start(
    "random trader",
    () => runTrader(market, tradeTime, { chainId, client, scheduler: systemScheduler, log }),
    (trader) => trader.stop(),
  );
  log.info("market.opened", { pools: market.pools.length, mode });
}

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
