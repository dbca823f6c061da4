import { ARBITRAGE_SETTINGS_SCHEMA, arbitrageServiceDefinition } from "@trellis/arbitrage/service/settings";
import { silentLog } from "@trellis/base";
import type { Database } from "@trellis/platform/db";
import { openDatabaseChanges, openRuntimeSettings } from "@trellis/platform/runtimeSettings";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { MarketMode } from "./demoServices.ts";

export async function isMarketLive(mode: MarketMode, database: Database): Promise<boolean> {
  const { section, settings } = arbitrageServiceDefinition;
  const changes = await openDatabaseChanges(ARBITRAGE_SETTINGS_SCHEMA, { database });
  const runtimeSettings = await openRuntimeSettings(
    {
      definition: { section, settings: { live: settings.live } },
      base: { live: mode === "live" },
    },
    { changes, clock: systemClock, scheduler: systemScheduler, log: silentLog },
  );
  const { live } = runtimeSettings.current();
  await runtimeSettings.close();
  return live;
}
