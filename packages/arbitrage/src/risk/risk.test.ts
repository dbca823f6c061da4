import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@trellis/base";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { openAtRest } from "@trellis/platform/atRest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assess,
  createMemoryRiskStore,
  createRisk,
  initialRisk,
  limitsUsed,
  openKillFile,
  openRiskStore,
  REFUSALS,
  type Refusal,
  type RiskEvent,
  type RiskLimits,
  type RiskRequest,
  type RiskState,
  type RiskStore,
  riskAfter,
  riskAt,
  type Settlement,
} from "./index.ts";
import type { Reservation } from "./RiskState.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 20_000 * DAY_MS + 5_000;
const TOKEN: Hex = `0x${"aa".repeat(20)}`;
const OTHER: Hex = `0x${"bb".repeat(20)}`;
const limits: RiskLimits = {
  profitTokens: new Set([TOKEN, OTHER]),
  tradeWeiMax: 100n,
  tokenDayWeiMax: 250n,
  tokenDayWeiMaxOf: new Map([[OTHER, 120n]]),
  chainDayWeiMax: 300n,
  gasDayWeiMax: 50n,
  lossDayWeiMax: 40n,
  failuresMax: 3,
  gasPriceWeiMax: 9n,
  dataAgeMsMax: 2_000,
  priceDeviationPpmMax: 5_000,
};
const request = (id: string, fields: Partial<RiskRequest> = {}): RiskRequest => ({
  id,
  token: TOKEN,
  notionalWei: 100n,
  pools: [],
  height: 7,
  lastBlock: 9,
  gasWeiMax: 10n,
  gasPriceWei: 9n,
  blockTimeMs: NOW_MS - 2_000,
  priceDeviationPpm: -5_000,
  ...fields,
});
const executed: Settlement = { outcome: "executed", profitWei: 20n, gasWei: 5n };
const reverted: Settlement = { outcome: "reverted", profitWei: 0n, gasWei: 5n };
const initial = initialRisk(NOW_MS);
const after = (...events: readonly RiskEvent[]): RiskState =>
  events.reduce((state, event) => riskAfter(state, event, limits, NOW_MS), initial);
const admitted = (of: RiskRequest): RiskEvent => ({ kind: "admitted", request: of });
const settled = (id: string, settlement: Settlement | undefined, isFinal = false): RiskEvent => ({
  kind: "settled",
  id,
  settlement,
  isFinal,
});
const refusalsOf = (state: RiskState, of: RiskRequest, nowMs = NOW_MS): readonly Refusal[] =>
  assess(state, of, limits, nowMs).refusals.map(({ refusal }) => refusal);

describe("assess", () => {
  it("ARB-22: admits a trade exactly at every limit, and reports it", () => {
    expect(assess(initial, request("a"), limits, NOW_MS)).toEqual({
      isAdmitted: true,
      refusals: [],
      reason: "within all limits",
    });
  });

  it.each<[Refusal, Partial<RiskRequest>, string]>([
    ["profitTokenUntrusted", { token: `0x${"cc".repeat(20)}` }, "is not a profit token"],
    ["tradeTooLarge", { notionalWei: 101n }, "volume of the trade: 101 wei, more than 100"],
    ["gasDayExhausted", { gasWeiMax: 51n }, "daily gas cost: 51 wei, more than 50"],
    ["gasPriceTooHigh", { gasPriceWei: 10n }, "gas price: 10 wei, more than 9"],
    ["dataStale", { blockTimeMs: NOW_MS - 2_001 }, "the block time is 2001 ms from now, more than 2000"],
    ["dataStale", { blockTimeMs: NOW_MS + 2_001 }, "the block time is 2001 ms from now, more than 2000"],
    ["priceUnknown", { priceDeviationPpm: undefined }, "no reference price"],
    [
      "priceUnknown",
      { priceDeviationPpm: undefined, priceReason: "1 of 2 feeds agree" },
      "no reference price: 1 of 2 feeds agree",
    ],
    [
      "priceDeviates",
      { priceDeviationPpm: 5_001 },
      "deviates by 5001 ppm from the reference, more than 5000",
    ],
    [
      "priceDeviates",
      { priceDeviationPpm: -5_001 },
      "deviates by -5001 ppm from the reference, more than 5000",
    ],
  ])("ARB-22: %s", (refusal, fields, reason) => {
    const verdict = assess(initial, request("a", fields), limits, NOW_MS);
    expect(verdict.refusals.map((each) => each.refusal)).toEqual([refusal]);
    expect(verdict.reason).toContain(reason);
  });

  it("ARB-22: pending trades count: alreadyAdmitted, tokenDayExhausted, chainDayExhausted, gasDayExhausted", () => {
    const two = after(admitted(request("a")), admitted(request("b")));
    expect(refusalsOf(two, request("a", { notionalWei: 1n }))).toEqual(["alreadyAdmitted"]);
    expect(refusalsOf(two, request("c", { notionalWei: 50n }))).toEqual([]);
    expect(refusalsOf(two, request("c", { notionalWei: 51n }))).toEqual(["tokenDayExhausted"]);
    expect(refusalsOf(two, request("c", { token: OTHER, notionalWei: 100n }))).toEqual([]);
    const three = after(
      admitted(request("a")),
      admitted(request("b")),
      admitted(request("c", { token: OTHER })),
    );
    expect(refusalsOf(three, request("d", { token: OTHER, notionalWei: 21n }))).toEqual([
      "tokenDayExhausted",
      "chainDayExhausted",
    ]);
    expect(refusalsOf(two, request("c", { notionalWei: 1n, gasWeiMax: 31n }))).toEqual(["gasDayExhausted"]);
  });

  it("ARB-22: poolReserved while a pending trade of any worker uses the pool", () => {
    const [p, q, r] = (["0a", "0b", "0c"] as const).map((byte): Hex => `0x${byte.repeat(20)}`);
    const held = after(admitted(request("a", { pools: [p!, q!] })));
    const small = { notionalWei: 1n, gasWeiMax: 1n };
    const verdict = assess(held, request("b", { ...small, pools: [r!, q!] }), limits, NOW_MS);
    expect(verdict.refusals).toEqual([{ refusal: "poolReserved", reason: `pool ${q} is in use by a` }]);
    expect(refusalsOf(held, request("b", { ...small, pools: [r!] }))).toEqual([]);
    expect(refusalsOf(held, request("b", { ...small, pools: [q!], height: 8 }))).toEqual(["poolReserved"]);
    expect(refusalsOf(held, request("b", { ...small, pools: [q!], height: 9 }))).toEqual([]);
    const ended = riskAfter(held, settled("a", reverted), limits, NOW_MS);
    expect(refusalsOf(ended, request("b", { ...small, pools: [q!] }))).toEqual([]);
  });

  it("ARB-22: of trades with one nonce the largest counts, for each limit", () => {
    const placed = (id: string, nonce: number): RiskEvent => ({ kind: "placed", id, nonce });
    const two = [
      admitted(request("a", { notionalWei: 90n, gasWeiMax: 10n })),
      admitted(request("b", { notionalWei: 60n, gasWeiMax: 20n, token: OTHER })),
    ];
    expect(limitsUsed(after(...two), limits)).toMatchObject({ chainDayMax: 0.5, gasDayMax: 0.6 });
    const one = after(...two, placed("a", 4), placed("b", 4));
    expect(limitsUsed(one, limits)).toMatchObject({ chainDayMax: 0.3, gasDayMax: 0.4, tokenDayMax: 0.5 });
    const apart = after(...two, placed("a", 4), placed("b", 5));
    expect(limitsUsed(apart, limits)).toMatchObject({ chainDayMax: 0.5, gasDayMax: 0.6 });
    const again = riskAfter(
      riskAfter(one, settled("a", reverted), limits, NOW_MS),
      settled("a", undefined),
      limits,
      NOW_MS,
    );
    expect(limitsUsed(again, limits)).toMatchObject({ chainDayMax: 0.3, gasDayMax: 0.4 });
    expect(after(placed("nobody", 4))).toEqual(initial);
  });

  it("ARB-22: killed and breakerOpen come first, with author and reason", () => {
    const state = after(
      { kind: "killed", by: "ada", reason: "lunch" },
      { kind: "killed", by: "bob", reason: "too" },
    );
    const { reason } = assess(state, request("a", { notionalWei: 101n }), limits, NOW_MS);
    expect(reason).toBe("killed by ada: lunch; volume of the trade: 101 wei, more than 100");
    expect(refusalsOf(riskAfter(state, { kind: "revived" }, limits, NOW_MS), request("a"))).toEqual([]);
    expect(REFUSALS.slice(0, 2)).toEqual(["killed", "breakerOpen"]);
  });
});

describe("risk state", () => {
  it("ARB-23: a settled trade counts as executed, an expired trade does not count", () => {
    const state = after(admitted(request("a")), settled("a", executed));
    expect(state).toMatchObject({ chainWei: 100n, gasWei: 5n, resultWei: 15n, failuresInARow: 0 });
    expect(state.tokenWei.get(TOKEN)).toBe(100n);
    const expired: Settlement = { outcome: "expired", profitWei: 0n, gasWei: 0n };
    expect(after(admitted(request("a")), settled("a", expired, true))).toEqual(initial);
    expect(after(settled("nobody", executed))).toEqual(initial);
    expect(after(admitted(request("a")), settled("a", executed), settled("a", executed))).toEqual(state);
    const filled = after(admitted(request("a")), settled("a", { ...expired, gasWei: 2n }));
    expect(filled).toMatchObject({ chainWei: 0n, gasWei: 2n, resultWei: -2n, failuresInARow: 0 });
  });

  it("ARB-23: consecutive failures open the breaker, and a profitable trade resets the count", () => {
    const fail = (id: string): RiskEvent[] => [admitted(request(id)), settled(id, reverted)];
    const two = [...fail("a"), ...fail("b")];
    expect(after(...two).breaker).toBeUndefined();
    const open = after(...two, ...fail("c"));
    expect(open.breaker?.reason).toBe("3 consecutive failures, limit 3");
    expect(refusalsOf(open, request("d", { gasWeiMax: 1n }))).toEqual(["breakerOpen"]);
    const paid = after(...two, admitted(request("p")), settled("p", executed), ...fail("c"));
    expect(paid.breaker).toBeUndefined();
    const loses = after(...two, admitted(request("p")), settled("p", { ...executed, profitWei: 4n }));
    expect(loses.breaker).toBeDefined();
    const breaksEven = after(...two, admitted(request("p")), settled("p", { ...executed, profitWei: 5n }));
    expect(breaksEven).toMatchObject({ failuresInARow: 0, breaker: undefined });
    const later = [admitted(request("d")), settled("d", reverted)];
    expect(later.reduce((state, event) => riskAfter(state, event, limits, NOW_MS + 1), open)).toMatchObject({
      failuresInARow: 4,
      breaker: open.breaker,
    });
    const expired: Settlement = { outcome: "expired", profitWei: 0n, gasWei: 0n };
    const waited = after(...two, admitted(request("p")), settled("p", expired), ...fail("c"));
    expect(waited).toMatchObject({ failuresInARow: 3, breaker: { by: "risk" } });
  });

  it("ARB-23: a day's loss opens the breaker, which stays open past midnight until it is closed", () => {
    const loss: Settlement = { outcome: "reverted", profitWei: 0n, gasWei: 40n };
    const open = after(admitted(request("a")), settled("a", loss));
    expect(open.breaker?.reason).toBe("daily result -40 wei, loss limit 40");
    const tomorrow = riskAt(open, NOW_MS + DAY_MS);
    expect(tomorrow).toMatchObject({ gasWei: 0n, resultWei: 0n, breaker: open.breaker });
    const closed = riskAfter(open, { kind: "breakerClosed" }, limits, NOW_MS);
    expect(refusalsOf(closed, request("b", { gasWeiMax: 1n }))).toEqual([]);
    const lossOf = (gasWei: bigint): RiskEvent[] => [
      admitted(request("b")),
      settled("b", { ...loss, gasWei }),
    ];
    const [less, asMuch] = [39n, 40n].map((gasWei) =>
      lossOf(gasWei).reduce((state, event) => riskAfter(state, event, limits, NOW_MS), closed),
    );
    expect(less).toMatchObject({ resultWei: -39n, breaker: undefined });
    expect(asMuch).toMatchObject({ resultWei: -40n, breaker: { by: "risk" } });
  });

  it("ARB-23: closing a breaker that is not open resets no losses and no failures", () => {
    const lost = after(admitted(request("a")), settled("a", reverted));
    expect(lost).toMatchObject({ resultWei: -5n, failuresInARow: 1, breaker: undefined });
    expect(riskAfter(lost, { kind: "breakerClosed" }, limits, NOW_MS)).toEqual(lost);
  });

  it("ARB-23: limits reset the next day, not by a clock set back; pending trades keep counting", () => {
    const full = after(admitted(request("a")), settled("a", executed), admitted(request("b")));
    const tomorrow = request("c", { blockTimeMs: NOW_MS + DAY_MS });
    expect(refusalsOf(full, tomorrow, NOW_MS + DAY_MS)).toEqual([]);
    expect(riskAt(full, NOW_MS + DAY_MS).reserved.size).toBe(1);
    expect(riskAt(full, NOW_MS - DAY_MS)).toBe(full);
  });

  it("ARB-23: a reversed trade is pending again", () => {
    const before = after(admitted(request("a")));
    const undone = after(admitted(request("a")), settled("a", executed), settled("a", undefined));
    expect(undone).toEqual({ ...before, tokenWei: new Map([[TOKEN, 0n]]) });
  });

  it("ARB-23: the latest report of a trade counts, from any worker, until it is final", () => {
    const ends: readonly (Settlement | undefined)[] = [
      ...[executed, reverted, undefined],
      { outcome: "expired", profitWei: 0n, gasWei: 3n },
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...ends), { maxLength: 8 }),
        fc.constantFrom(...ends),
        (told, end) => {
          const once = after(admitted(request("a")), settled("a", end));
          const late = after(
            admitted(request("a")),
            ...[...told, end, end].map((each) => settled("a", each)),
          );
          const { failuresInARow: _, breaker: __, tokenWei, ...rest } = late;
          expect(once).toMatchObject({ ...rest });
          expect(tokenWei.get(TOKEN) ?? 0n).toBe(once.tokenWei.get(TOKEN) ?? 0n);
          if (end === undefined) return;
          const final = riskAfter(late, settled("a", end, true), limits, NOW_MS);
          expect([final.settled.size, final.reserved.size, final.gasWei]).toEqual([0, 0, once.gasWei]);
          expect(riskAfter(final, settled("a", executed), limits, NOW_MS)).toEqual(final);
        },
      ),
    );
  });

  it("ARB-23: yesterday's results do not reduce today's", () => {
    const before = after(admitted(request("a")), settled("a", executed));
    const nowMs = NOW_MS + DAY_MS;
    const today = riskAfter(before, settled("a", reverted), limits, nowMs);
    expect(today).toMatchObject({ chainWei: 0n, gasWei: 5n, resultWei: -5n, failuresInARow: 1 });
  });

  it("ARB-23: yesterday's result does not count again when it is reported again or becomes final", () => {
    const before = after(admitted(request("a")), settled("a", executed));
    const nowMs = NOW_MS + DAY_MS;
    for (const isFinal of [false, true]) {
      const today = riskAfter(before, settled("a", executed, isFinal), limits, nowMs);
      expect(today).toMatchObject({ chainWei: 0n, gasWei: 0n, resultWei: 0n });
      expect(today.settled.size).toBe(isFinal ? 0 : 1);
    }
  });

  it("ARB-23: another outcome, profit or cost replaces the first", () => {
    const told = after(admitted(request("a")), settled("a", executed));
    const changed = (change: Partial<Settlement>) =>
      riskAfter(told, settled("a", { ...executed, ...change }), limits, NOW_MS);
    expect(changed({ profitWei: 12n })).toMatchObject({ chainWei: 100n, gasWei: 5n, resultWei: 7n });
    expect(changed({ gasWei: 6n })).toMatchObject({ chainWei: 100n, gasWei: 6n, resultWei: 14n });
    expect(changed({ outcome: "reverted" })).toMatchObject({ chainWei: 0n, gasWei: 5n, resultWei: 15n });
  });

  it("ARB-23: limitsUsed returns the used shares of the daily loss and the failures", () => {
    const lost = after(admitted(request("a")), settled("a", reverted));
    expect(limitsUsed(lost, limits)).toMatchObject({ lossDayMax: 0.125, failuresMax: 1 / 3 });
    const won = after(admitted(request("a")), settled("a", executed));
    expect(limitsUsed(won, limits)).toMatchObject({ lossDayMax: 0, failuresMax: 0 });
    expect(limitsUsed(initial, { ...limits, gasDayWeiMax: 0n }).gasDayMax).toBe(1);
  });

  it("ARB-22: alreadyAdmitted also after the trade has ended", () => {
    const ended = after(admitted(request("a")), settled("a", executed));
    expect(refusalsOf(ended, request("a", { notionalWei: 1n }))).toEqual(["alreadyAdmitted"]);
  });

  it("ARB-22: a day admits exactly what the limits allow, for any events", () => {
    const step = fc.record({
      id: fc.nat(9).map(String),
      does: fc.constantFrom("admit", "executed", "reverted", "expired", "kill", "revive", "close"),
      isFinal: fc.boolean(),
      token: fc.constantFrom(TOKEN, OTHER),
      notionalWei: fc.bigInt({ min: 1n, max: 130n }),
      gasWeiMax: fc.bigInt({ min: 0n, max: 20n }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let state = initial;
        const apply = (event: RiskEvent) => {
          state = riskAfter(state, event, limits, NOW_MS);
        };
        const used = (wei: bigint, of: "notionalWei" | "gasWeiMax", ofToken?: Hex): bigint =>
          [...state.reserved.values()]
            .filter((held) => ofToken === undefined || held.token === ofToken)
            .reduce((total, held) => total + held[of], wei);
        const usedToday = () => ({
          chainWei: used(state.chainWei, "notionalWei"),
          gasWei: used(state.gasWei, "gasWeiMax"),
          otherWei: used(state.tokenWei.get(OTHER) ?? 0n, "notionalWei", OTHER),
        });
        for (const { id, does, isFinal, token, notionalWei, gasWeiMax } of steps) {
          const of = request(id, { token, notionalWei, gasWeiMax });
          if (does === "admit") {
            const { isAdmitted } = assess(state, of, limits, NOW_MS);
            const refusals = refusalsOf(state, of);
            const before = usedToday();
            const [notional, gas] = [before.chainWei + notionalWei, before.gasWei + gasWeiMax];
            expect(refusals.includes("chainDayExhausted")).toBe(notional > 300n);
            expect(refusals.includes("gasDayExhausted")).toBe(gas > 50n);
            if (token === OTHER) {
              const exhausts = before.otherWei + notionalWei > 120n;
              expect(refusals.includes("tokenDayExhausted")).toBe(exhausts);
            }
            if (isAdmitted) expect([state.killed, state.breaker]).toEqual([undefined, undefined]);
            if (isAdmitted) apply(admitted(of));
          } else if (does === "kill") apply({ kind: "killed", by: "x", reason: "y" });
          else if (does === "revive") apply({ kind: "revived" });
          else if (does === "close") apply({ kind: "breakerClosed" });
          else {
            const gasWei = state.reserved.get(id)?.gasWeiMax;
            if (gasWei === undefined) continue;
            apply(settled(id, { outcome: does as "executed", profitWei: 3n, gasWei }, isFinal));
          }
          const { chainWei, gasWei, otherWei } = usedToday();
          expect(chainWei).toBeLessThanOrEqual(300n);
          expect(gasWei).toBeLessThanOrEqual(50n);
          expect(otherWei).toBeLessThanOrEqual(120n);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function riskSuite(name: string, open: () => Promise<RiskStore>): void {
  const never = async () => undefined;
  const riskOn = (store: RiskStore, killSwitch: () => Promise<string | undefined> = never) =>
    createRisk({ store, killSwitch, clock: { nowMs: () => NOW_MS }, limits: () => limits });

  describe(`risk on ${name}`, () => {
    it("ARB-23: concurrent workers share the limits", async () => {
      const store = await open();
      const ids = Array.from({ length: 6 }, (_, place) => `trade ${place}`);
      const verdicts = await Promise.all(
        ids.map((id) => riskOn(store).admit(request(id, { notionalWei: 60n, gasWeiMax: 1n }))),
      );
      expect(verdicts.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(4);
    });

    it("ARB-23: the whole state survives the process", async () => {
      const store = await open();
      const risk = riskOn(store);
      await risk.admit(request("a", { pools: [TOKEN] }));
      await risk.place("a", 4);
      const held = { pools: [TOKEN], lastBlock: 9, nonce: 4 };
      expect((await riskOn(store).state()).reserved.get("a")).toMatchObject(held);
      await risk.settle("a", executed);
      expect((await riskOn(store).state()).settled.get("a")).toMatchObject({
        ...held,
        settlement: executed,
      });
      await risk.settle("a", { ...reverted, gasWei: 41n });
      await risk.admit(request("b"));
      await risk.kill("ada", "lunch");
      const state = await riskOn(store).state();
      expect(state).toMatchObject({ gasWei: 41n, killed: { by: "ada", reason: "lunch", atMs: NOW_MS } });
      expect(state.breaker).toMatchObject({ by: "risk" });
      await risk.revive();
      await risk.closeBreaker();
      expect((await risk.admit(request("c", { gasWeiMax: 1n }))).isAdmitted).toBe(true);
      expect((await riskOn(store).state()).reserved.get("c")).toMatchObject({
        token: TOKEN,
        notionalWei: 100n,
      });
    });

    it("ARB-24: assess returns the decision of admit, and reserves and stops nothing", async () => {
      const store = await open();
      let killedBy: string | undefined;
      const risk = riskOn(store, async () => killedBy);
      expect(await risk.assess(request("a"))).toEqual(assess(initial, request("a"), limits, NOW_MS));
      expect(await risk.assess(request("a", { notionalWei: 101n }))).toMatchObject({ isAdmitted: false });
      killedBy = "smoke";
      expect((await risk.assess(request("a"))).reason).toBe("killed by switch: smoke");
      expect(await risk.state()).toEqual(initial);
      killedBy = undefined;
      await risk.admit(request("a"));
      expect((await risk.assess(request("a"))).isAdmitted).toBe(false);
    });

    it("BREAKER_NOT_OPEN: changes nothing", async () => {
      const risk = riskOn(await open());
      await risk.admit(request("a"));
      await risk.settle("a", reverted);
      await expect(risk.closeBreaker()).rejects.toMatchObject({ code: "BREAKER_NOT_OPEN" });
      expect(await risk.state()).toMatchObject({ resultWei: -5n, failuresInARow: 1 });
    });

    it("ARB-24: a kill file stops trading, and its removal does not restart it", async () => {
      const directory = await mkdtemp(join(tmpdir(), "trellis-kill-"));
      try {
        const file = join(directory, "kill");
        const risk = riskOn(await open(), openKillFile(file));
        expect((await risk.admit(request("a"))).isAdmitted).toBe(true);
        await writeFile(file, " somebody saw smoke\n");
        expect((await risk.admit(request("b"))).reason).toBe(
          `killed by switch: kill file ${file} present: somebody saw smoke`,
        );
        await rm(file);
        expect((await risk.admit(request("b"))).isAdmitted).toBe(false);
        await risk.revive();
        expect((await risk.admit(request("b"))).isAdmitted).toBe(true);
        expect(await openKillFile(directory)()).toMatch(/cannot be read: EISDIR$/);
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  });
}

riskSuite("memory", async () => createMemoryRiskStore());
describeDatabases("risk", (under) => {
  let count = 0;
  riskSuite("database", () => openRiskStore({ database: under.database() }, `chain ${count++}`));

  it("ARB-23: a trade stored by an older version reserves no pools and no block", async () => {
    const store = await openRiskStore({ database: under.database() }, `chain ${count++}`);
    const { pools: _, lastBlock: __, ...older } = after(admitted(request("a"))).reserved.get("a")!;
    await store.save({ ...initial, reserved: new Map([["a", older as Reservation]]) }, undefined);
    expect((await store.load())?.state.reserved.get("a")).toEqual({ ...older, pools: [], lastBlock: 0 });
  });

  it("REST-3: who stopped trading, and why, is encrypted, and a state is bound to its version", async () => {
    const [database, chain] = [under.database(), `chain ${count++}`];
    const ports = { ...SILENT, database, masterKeys: () => [new Uint8Array(32).fill(7)] };
    const atRest = await openAtRest({ schema: "risk_at_rest" }, ports);
    const store = await openRiskStore({ database, atRest }, chain, "sealed_risk");
    const killed = { by: "user:canary", reason: "canary", atMs: NOW_MS };
    expect(await store.save(initial, undefined)).toBe(true);
    expect(await store.save({ ...initial, killed }, 1)).toBe(true);
    expect(await store.load()).toMatchObject({ state: { killed }, version: 2 });
    const { rows } = await database.query("SELECT row::text FROM sealed_risk.risk AS row");
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain("canary");
    await database.query("UPDATE sealed_risk.risk SET version = 3");
    await expect(store.load()).rejects.toMatchObject({ code: "ENVELOPE_BROKEN" });
  });
});

it("RISK_CONTENDED", async () => {
  const store: RiskStore = { load: async () => undefined, save: async () => false };
  const clock = { nowMs: () => NOW_MS };
  const ports = { store, clock, killSwitch: async () => undefined, limits: () => limits };
  const contended = { code: "RISK_CONTENDED", facts: { attempts: 50 } };
  await expect(createRisk(ports).admit(request("a"))).rejects.toMatchObject(contended);
  await expect(createRisk(ports).settle("nobody", executed)).resolves.toBeUndefined();
});
