import { arbitrageServiceDefinition } from "@trellis/arbitrage/service/settings";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { openDatabase } from "@trellis/platform/db";
import { openDatabaseChanges, openRuntimeSettings } from "@trellis/platform/runtimeSettings";
import { afterAll, expect, it } from "vitest";
import { isMarketLive } from "./isMarketLive.ts";

const database = openDatabase({ url: await embeddedDatabase() }, SILENT);
afterAll(() => database.close());

it("the database's setting overrides the requested mode", async () => {
  expect(await isMarketLive("paper", database)).toBe(false);
  expect(await isMarketLive("live", database)).toBe(true);
  const { section, settings } = arbitrageServiceDefinition;
  const runtimeSettings = await openRuntimeSettings(
    {
      definition: { section, settings: { live: settings.live } },
      base: { live: false },
    },
    { ...SILENT, changes: await openDatabaseChanges("arbitrage_settings", { database }) },
  );
  await runtimeSettings.change({ key: "live", value: true, by: "user:ada", reason: "test" });
  expect(await isMarketLive("paper", database)).toBe(true);
  await runtimeSettings.change({ key: "live", value: false, by: "user:ada", reason: "test" });
  expect(await isMarketLive("live", database)).toBe(false);
  await runtimeSettings.close();
});
