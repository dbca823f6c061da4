import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { type Database, openDatabase } from "@trellis/platform/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PAIRS, UNIT } from "../engine/testing/FakeMarket.ts";
import { openEngineBench } from "../engine/testing/openEngineBench.ts";
import type { PriceCheck } from "./index.ts";

const PROFIT = 997_439_185_835_187_298n;

const url = await embeddedDatabase();
let database: Database;
beforeAll(() => {
  database = openDatabase({ url }, SILENT);
});
afterAll(() => database.close());

it("PRICE-3: the engine updates the reference at every head, and refuses a trade without a price or far from it", async () => {
  let check: PriceCheck = { deviationPpm: undefined, reason: "0 of 1 feeds have a fresh price; stale: feed" };
  const observed: number[] = [];
  const bench = openEngineBench({
    reference: {
      async observe({ height }, pools) {
        observed.push(height, [...pools].length);
      },
      check: () => check,
    },
  });
  await bench.engine.step();
  bench.profit = PROFIT;
  const tradeOfNext = async () => {
    bench.market.mine([[PAIRS[0], [1_000n * UNIT, 1_100n * UNIT]]]);
    return (await bench.engine.step())?.trades[0];
  };
  expect(await tradeOfNext()).toMatchObject({
    outcome: "refused",
    code: "priceUnknown",
    reason: "no reference price: 0 of 1 feeds have a fresh price; stale: feed",
  });
  check = { deviationPpm: -1 };
  expect(await tradeOfNext()).toMatchObject({ outcome: "refused", code: "priceDeviates" });
  check = { deviationPpm: 0 };
  expect(await tradeOfNext()).toMatchObject({ outcome: "recorded" });
  expect(observed).toEqual([1, 2, 2, 2, 3, 2, 4, 2]);
});
