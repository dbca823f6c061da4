import { expect, it } from "vitest";
import { costSettings } from "./costSettings.ts";

const { type } = costSettings.budgets;
const named = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `b${index}`, month: 1 }));

it("budgets: amounts as text or number, for the service or a tenant", () => {
  const given = [
    { name: "all", month: 300 },
    { name: "alice", tenant: "alice", month: "20.5" },
  ];
  expect(type.parse(given)).toEqual([{ name: "all", month: "300" }, given[1]]);
  expect(type.parse(JSON.stringify(given))).toEqual(type.parse(given));
  expect(type.parse("")).toEqual([]);
});

it.each([1e12, 1e21, -1, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, "1e3", "0x10", "1,5", "", null])(
  "budgets: %s is no amount",
  (month) => {
    expect(type.safeParse([{ name: "all", month }]).success).toBe(false);
  },
);

it("budgets: names are unique and bounded, because metrics and notifications use them", () => {
  expect(
    type.safeParse([...named(1), { name: "b0", tenant: "alice", month: 1 }]).error?.issues,
  ).toMatchObject([{ message: "different names" }]);
  expect(type.safeParse(named(64)).success).toBe(true);
  expect(type.safeParse(named(65)).error?.issues).toMatchObject([{ message: "at most 64 budgets" }]);
});
