import { expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
});

import { shownAlone } from "../../../ui/testing/drawAlone.tsx";
import { Budgets, ForecastFigures } from "./Cost.tsx";
import { type ForecastJson, hoursText, moneyText, percentOf, rangeOf } from "./costJson.ts";

const FORECAST: ForecastJson = {
  currency: "EUR",
  spent: "12340000",
  projected: "30000000",
  budgets: [],
  storage: {
    trend: "growing",
    storedBytes: 1_024,
    usedBytes: 2_048,
    capacityBytes: 10_240,
    bytesPerDay: 1_024,
    fullAtMs: Date.now() + 8 * 86_400_000 + 500,
  },
};

const textOf = (element: React.JSX.Element): string => shownAlone(element).replaceAll(/<[^>]*>/g, " ");
const figures = (storage: Partial<ForecastJson["storage"]> = {}): string =>
  textOf(<ForecastFigures forecast={{ ...FORECAST, storage: { ...FORECAST.storage, ...storage } }} />);

it("shows the month, its projection and when storage is full", () => {
  expect(figures()).toMatch(/12\.34 EUR.*30 EUR.*2\.0 KiB.*of 10\.0 KiB.*full.*\+1\.0 KiB per day/);
  const none = { fullAtMs: null, bytesPerDay: null };
  expect(figures({ ...none, trend: "unknown" })).toMatch(/unknown.*needs three days/);
  expect(figures({ ...none, trend: "steady", bytesPerDay: -1_024 })).toMatch(
    /not in sight.*−1\.0 KiB per day/,
  );
  expect(figures({ capacityBytes: null })).not.toContain("used of");
});

it.each([
  ["4000000", "8000000", /40 %/],
  ["4000000", "11000000", /40 %, will exceed/],
  ["10000000", "10000000", /Spent/],
])("a budget of 10 with %s spent and %s projected", (spent, projected, text) => {
  const budget = { name: "all", tenant: null, month: "10", spent, projected };
  expect(textOf(<Budgets forecast={{ ...FORECAST, budgets: [budget] }} />)).toMatch(text);
});

it("shows that there are no budgets", () => {
  expect(textOf(<Budgets forecast={FORECAST} />)).toContain("No budgets");
});

it("amounts are exact", () => {
  expect(moneyText("123456789012345678", "USD").replaceAll("\u202f", " ")).toBe("123 456 789 012.34 USD");
  expect(moneyText("1", "USD")).toBe("< 0.01 USD");
  expect(percentOf({ month: "0.5" }, "250000")).toBe(50);
  expect(percentOf({ month: "0" }, "1")).toBeUndefined();
  expect(hoursText("5400000000")).toBe("1.5 h");
  expect(hoursText(null)).toBe("–");
});

it("a range ends today and includes its first day, also over the end of a month", () => {
  expect(rangeOf(Date.UTC(2026, 11, 3, 23, 59), 7)).toBe("from=2026-11-27&to=2026-12-03");
  expect(rangeOf(Date.UTC(2026, 11, 3), 1)).toBe("from=2026-12-03&to=2026-12-03");
});
