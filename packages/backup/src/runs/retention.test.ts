import { expect, it } from "vitest";
import { keptBackups, type Retention } from "./retention.ts";

const NONE: Retention = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 };
const backupsAt = (...times: readonly string[]) => times.map((id) => ({ id, atMs: Date.parse(id) }));
const kept = (policy: Partial<Retention>, ...times: readonly string[]): string[] =>
  [...keptBackups(backupsAt(...times), { ...NONE, ...policy })].sort();

it("always keeps the newest backup", () => {
  expect(kept({}, "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z")).toEqual(["2026-11-25T10:00:00Z"]);
  expect(kept({ daily: 3 })).toEqual([]);
});

it("keeps the newest backup of each hour and day in UTC", () => {
  const times = [
    "2026-11-23T23:59:59Z",
    "2026-11-24T00:00:00Z",
    "2026-11-24T09:10:00Z",
    "2026-11-24T09:50:00Z",
    "2026-11-25T08:00:00Z",
  ];
  expect(kept({ hourly: 2 }, ...times)).toEqual(times.slice(3));
  expect(kept({ daily: 3 }, ...times)).toEqual([times[0], times[3], times[4]]);
  expect(kept({ last: 4, daily: 1 }, ...times)).toEqual(times.slice(1));
});

it("weeks start on Monday, months on the first", () => {
  const [sunday, monday, month] = ["2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z", "2026-12-01T00:00:00Z"];
  expect(kept({ weekly: 3 }, sunday, monday, month)).toEqual([sunday, monday, month]);
  expect(kept({ weekly: 2 }, sunday, monday, month)).toEqual([monday, month]);
  expect(kept({ monthly: 2 }, sunday, monday, month)).toEqual([monday, month]);
});
