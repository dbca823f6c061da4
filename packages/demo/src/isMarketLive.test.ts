import { arbitrageServiceDefinition } from "@trellis/arbitrage/service/settings";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { openDatabase } from "@trellis/platform/db";
import { openDynamicSettings } from "@trellis/platform/dynamic";
import { afterAll, expect, it } from "vitest";
import { isMarketLive } from "./isMarketLive.ts";

const database = openDatabase({ url: await embeddedDatabase() }, SILENT);
afterAll(() => database.close());

it("the database's setting counts before the mode asked for", async () => {
  expect(await isMarketLive("paper", database)).toBe(false);
  expect(await isMarketLive("live", database)).toBe(true);
  const { section, settings } = arbitrageServiceDefinition;
  const dynamic = await openDynamicSettings(
    {
      schema: "arbitrage_settings",
      definition: { section, settings: { live: settings.live } },
      base: { live: false },
    },
    { ...SILENT, database },
  );
  await dynamic.change({ key: "live", value: true, by: "user:ada", reason: "test" });
  expect(await isMarketLive("paper", database)).toBe(true);
  await dynamic.change({ key: "live", value: false, by: "user:ada", reason: "test" });
  expect(await isMarketLive("live", database)).toBe(false);
  await dynamic.close();
});
