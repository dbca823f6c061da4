import { describe, expect, it } from "vitest";
import { History } from "./History.ts";
import { gauge, quantiles, rate, together } from "./measure.ts";
import { parseMetrics } from "./parseMetrics.ts";

const intervalOf = (before: string, now: string, seconds = 2) => ({
  before: parseMetrics(before),
  now: parseMetrics(now),
  seconds,
});

describe("figures of a service", () => {
  it("are read as Prometheus writes them", () => {
    const text = [
      "# HELP a_total Things",
      "# TYPE a_total counter",
      'a_total{kind="x\\"y\\\\z\\n",le="+Inf"} 3',
      "a_total 1.5e3 1700000000000",
      "b NaN",
      "<html>not a metric</html>",
      "",
    ].join("\n");
    const samples = parseMetrics(text);
    expect([...(samples.get("a_total")?.values() ?? [])]).toEqual([
      { labels: { kind: 'x"y\\z\n', le: "+Inf" }, value: 3 },
      { labels: {}, value: 1_500 },
    ]);
    expect(samples.get("b")?.get("")?.value).toBeNaN();
    expect(samples.size).toBe(2);
  });

  it("a counter's rate is its growth, by label or as one, also over a restart", () => {
    const before = 'a{of="x"} 10\na{of="y"} 4';
    const now = 'a{of="x"} 14\na{of="y"} 1\na{of="z"} 6';
    expect(rate("a", { by: "of" })(intervalOf(before, now))).toEqual(
      new Map([
        ["x", 2],
        ["y", 0.5],
        ["z", 3],
      ]),
    );
    expect(rate("a", { name: "all" })(intervalOf(before, now))).toEqual(new Map([["all", 5.5]]));
    expect(rate("a", { of: { of: "x" }, name: "x" })(intervalOf(before, now))).toEqual(new Map([["x", 2]]));
    expect(rate("missing")(intervalOf(before, now)).size).toBe(0);
  });

  it("quantiles are those of what was counted in between", () => {
    const bucket = (le: string, count: number) => `s_bucket{le="${le}"} ${count}`;
    const before = [bucket("0.1", 100), bucket("1", 100), bucket("+Inf", 100)].join("\n");
    const now = [bucket("0.1", 150), bucket("1", 198), bucket("+Inf", 200)].join("\n");
    const found = quantiles("s", [0.5, 0.9, 0.99])(intervalOf(before, now));
    expect(found.get("p50")).toBeCloseTo(0.1);
    expect(found.get("p90")).toBeCloseTo(0.1 + 0.9 * (40 / 48));
    expect(found.get("p99")).toBe(1);
    expect(quantiles("s", [0.5])(intervalOf(now, now)).size).toBe(0);
  });

  it("several measures stand on one chart", () => {
    const both = together(gauge("a", { name: "a" }), gauge("b", { name: "b" }));
    expect(both(intervalOf("", "a 1\nb 2"))).toEqual(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    );
  });
});

describe("history", () => {
  it("keeps so many moments and no more, and draws no rate over a pause", () => {
    const charts = [{ id: "rate", measure: rate("a", { name: "a" }) }];
    const history = new History(charts, { momentsMax: 3, everyMs: 1_000 });
    const valuesOf = () => history.moments.map(({ values }) => values.get("rate")?.get("a"));
    history.add("a 0", 0);
    expect(history.moments).toEqual([]);
    history.add("a 5", 1_000);
    history.add("a 15", 2_000);
    expect(valuesOf()).toEqual([5, 10]);
    history.add("a 1000", 60_000);
    expect(valuesOf()).toEqual([5, 10]);
    history.add("a 1002", 61_000);
    history.add("a 1003", 62_000);
    expect(valuesOf()).toEqual([10, 2, 1]);
    expect(history.moments.map(({ timeMs }) => timeMs)).toEqual([2_000, 61_000, 62_000]);
  });
});
