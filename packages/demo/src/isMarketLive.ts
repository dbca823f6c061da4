import { ARBITRAGE_SETTINGS_SCHEMA, arbitrageServiceDefinition } from "@trellis/arbitrage/service/settings";
import { silentLog } from "@trellis/base";
import type { Database } from "@trellis/platform/db";
import { openRuntimeSettings } from "@trellis/platform/runtimeSettings";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { MarketMode } from "./demoServices.ts";

export async function isMarketLive(mode: MarketMode, database: Database): Promise<boolean> {
  const { section, settings } = arbitrageServiceDefinition;
  const runtimeSettings = await openRuntimeSettings(
    {
      schema: ARBITRAGE_SETTINGS_SCHEMA,
      definition: { section, settings: { live: settings.live } },
      base: { live: mode === "live" },
    },
    { database, clock: systemClock, scheduler: systemScheduler, log: silentLog },
  );
  const { live } = runtimeSettings.current();
  await runtimeSettings.close();
  return live;
}
