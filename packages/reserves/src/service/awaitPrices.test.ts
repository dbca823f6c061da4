import { silentLog } from "@trellis/base";
import { jobsErrors } from "@trellis/platform/jobs";
import { expect, it } from "vitest";
import { createPriceSet } from "../readings/index.ts";
import { awaitPrices } from "./awaitPrices.ts";

const SINCE = "2026-11-21T21:00:00.000Z";

function open(prices: Record<string, string>, ledger: string[]) {
  const aborter = new AbortController();
  const phases: (string | undefined)[] = [];
  const pauses: (() => void)[] = [];
  let readCount = 0;
  const source = () => ({ name: "desk", text: JSON.stringify({ quote: "USD", timeMs: 1, prices }) });
  const set = awaitPrices(
    {
      id: "job-1",
      signal: aborter.signal,
      async progress({ phase, done, total }) {
        phases.push(`${phase}: ${done} of ${total}`);
      },
    },
    {
      assets: async () => ledger,
      reserves: {
        async prices(assets) {
          readCount += 1;
          return createPriceSet("USD", assets, [source()]);
        },
      },
      clock: { nowMs: () => Date.parse(SINCE) },
      scheduler: {
        after(_, task) {
          pauses.push(task);
          return { cancel: () => {} };
        },
      },
      log: silentLog,
    },
  );
  const untilPause = (count: number) => expect.poll(() => pauses.length).toBe(count);
  return { set, phases, pauses, untilPause, aborter, readCount: () => readCount };
}

it("API-24, PRICE_MISSING: a snapshot waits for the price, reports the asset and since when, and resumes by itself", async () => {
  const prices: Record<string, string> = { ETH: "3000" };
  const ledger = ["ETH", "DOGE"];
  const job = open(prices, ledger);
  await job.untilPause(1);
  ledger.push("XYZ");
  job.pauses[0]!();
  await job.untilPause(2);
  expect(job.phases).toEqual([
    `waiting since ${SINCE} for a price of DOGE: 1 of 2`,
    `waiting since ${SINCE} for a price of DOGE, XYZ: 1 of 3`,
  ]);
  expect(job.readCount()).toBe(2);
  Object.assign(prices, { DOGE: "0.1", XYZ: "7" });
  job.pauses[1]!();
  expect((await job.set).prices.map(({ asset }) => asset)).toEqual(["ETH", "DOGE", "XYZ"]);
});

it("JOB_CANCELLED: ends a wait for a price at once", async () => {
  const job = open({}, ["DOGE"]);
  await job.untilPause(1);
  job.aborter.abort(jobsErrors.JOB_CANCELLED({ id: "job-1" }));
  await expect(job.set).rejects.toMatchObject({ code: "JOB_CANCELLED" });
});
