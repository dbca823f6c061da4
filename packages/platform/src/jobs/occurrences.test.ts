import { expect, it } from "vitest";
import { occurrencesOf } from "./index.ts";

const at = (text: string): number => Date.parse(`${text}Z`);

it.each([
  ["30 2 * * *", "2026-11-25T02:30:00", "2026-11-24T02:30", "2026-11-25T02:30", "2026-11-26T02:30"],
  ["30 2 * * *", "2026-11-25T02:29:59", "2026-11-23T02:30", "2026-11-24T02:30", "2026-11-25T02:30"],
  ["0 0 * * 1", "2026-11-25T12:00:00", "2026-11-16T00:00", "2026-11-23T00:00", "2026-11-30T00:00"],
])("the occurrences of %s around %s", async (cron, now, former, last, next) => {
  expect(await occurrencesOf(cron, at(now))).toEqual({
    formerMs: at(former),
    lastMs: at(last),
    nextMs: at(next),
  });
});
