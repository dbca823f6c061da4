import type { Hex } from "@trellis/base";
import { expect, it } from "vitest";
import { LIMITS } from "../engine/testing/openEngineBench.ts";
import { initialRisk, type RiskEvent, type RiskState, riskAfter } from "./index.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 20_000 * DAY_MS;
const TOKEN: Hex = `0x${"aa".repeat(20)}`;
const stop = { by: "somebody", reason: "enough", atMs: NOW_MS };
const initial = initialRisk(NOW_MS);
const former: RiskState = {
  ...initial,
  chainWei: 90n,
  tokenWei: new Map([[TOKEN, 90n]]),
  gasWei: 7n,
  resultWei: -5n,
  failuresInARow: 2,
  killed: stop,
};
const after = (state: RiskState, nowMs = NOW_MS): RiskState => {
  const event: RiskEvent = { kind: "inherited", from: former };
  return riskAfter(state, event, LIMITS, nowMs);
};

it("ARB-41: a new wallet inherits the day's sums and the kill switch, once", () => {
  expect(after(initial)).toEqual(former);
  expect(after(after(initial))).toEqual(former);
  expect(after(initial, NOW_MS + DAY_MS)).toMatchObject({ chainWei: 0n, gasWei: 0n, killed: stop });
});

it("ARB-41: of each value the stricter one stays", () => {
  const own = { ...initial, chainWei: 100n, gasWei: 1n, resultWei: 3n, breaker: stop };
  expect(after(own)).toEqual({ ...former, chainWei: 100n, breaker: stop });
});

it("ARB-41: sums of a day that this clock has not reached stay until its end", () => {
  const ahead = { ...former, day: former.day + 1 };
  const next = riskAfter(initial, { kind: "inherited", from: ahead }, LIMITS, NOW_MS);
  const later = riskAfter(next, { kind: "inherited", from: initial }, LIMITS, NOW_MS + DAY_MS);
  expect(later).toMatchObject({ day: former.day + 1, chainWei: 90n });
});
