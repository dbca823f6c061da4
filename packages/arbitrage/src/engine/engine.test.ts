import type { Hex } from "@trellis/base";
import { describe, expect, it, vi } from "vitest";
import { ledgerErrors } from "../ledger/index.ts";
import { TOKEN_0, TOKEN_1 } from "../pools/testing/addresses.ts";
import { submissionErrors } from "../submission/index.ts";
import { createMemoryNonceSlotStore } from "../submission/testing/createMemoryNonceSlotStore.ts";
import type { LivePorts } from "./index.ts";
import { PAIRS, UNIT } from "./testing/FakeMarket.ts";
import { EXECUTOR, GAP, openEngineBench, PROFIT, watching } from "./testing/openEngineBench.ts";

describe("engine in paper mode", () => {
  it("ARB-29: finds a gap in the block that opens it, and records figures and reasons", async () => {
    const bench = openEngineBench();
    const { engine, market, ledger } = bench;
    expect(await engine.step()).toMatchObject({ trades: [], found: 0 });
    expect(await engine.step()).toBeUndefined();
    market.mine(GAP);
    bench.profit = PROFIT;
    const report = (await engine.step())!;
    expect(report).toMatchObject({ found: 1, truncated: [], seen: { added: 1, removed: 0 } });
    expect(report.trades).toMatchObject([{ outcome: "recorded", token: TOKEN_0, profitWei: PROFIT }]);
    const history = await ledger.history(report.trades[0]!.id);
    expect(history).toMatchObject({
      block: { hash: market.head.hash },
      expectedProfit: PROFIT,
      route: { anchor: { number: 2, hash: market.head.hash }, profitMin: PROFIT },
      simulations: [{ isSuccess: true, profit: PROFIT }],
      decisions: [
        { stage: "worth", isGo: true },
        { stage: "risk", isGo: true, reason: "within all limits" },
        { stage: "submission", isGo: false, code: "paper" },
      ],
    });
    expect(history?.route.hops.map(({ pool }) => pool)).toEqual(PAIRS);
    expect((await bench.risk.state()).reserved.size).toBe(0);
  });

  it("ARB-14: includes a rollup's data fee, which must be known", async () => {
    const trades = async (l1FeeWei: bigint | undefined) => {
      const bench = await watching({ options: { l1Fee: "op-stack" } });
      bench.market.l1FeeWei = l1FeeWei;
      bench.market.mine(GAP);
      const [trade] = (await bench.engine.step())!.trades;
      return { ...trade, decisions: (await bench.ledger.history(trade!.id))!.decisions };
    };
    expect(await trades(12_345n)).toMatchObject({
      outcome: "recorded",
      decisions: [{ figures: { l1FeeWei: 12_345n } }, {}, {}],
    });
    expect(await trades(PROFIT)).toMatchObject({
      outcome: "refused",
      code: "paysTooLittle",
      reason: expect.stringContaining(`most of the cost is l1Fee with ${PROFIT}`),
    });
    expect(await trades(undefined)).toMatchObject({ outcome: "refused", code: "L1_FEE_UNKNOWN" });
  });

  it("ARB-28: the same chain gives the same trades to every engine", async () => {
    const [one, other] = [await watching(), await watching()];
    for (const { market } of [one, other]) market.mine(GAP);
    const [mine, theirs] = [(await one.engine.step())!, (await other.engine.step())!];
    expect(mine.trades.map(({ id }) => id)).toEqual(theirs.trades.map(({ id }) => id));
  });

  it("ARB-28: a reorganised gap is not a trade, and a trade on another branch is a new one", async () => {
    const { engine, market } = await watching();
    market.mine(GAP);
    const [before] = (await engine.step())!.trades;
    market.reorganise(1);
    market.mine();
    expect(await engine.step()).toMatchObject({ found: 0, trades: [], seen: { removed: 1 } });
    market.reorganise(1);
    market.mine(GAP);
    const [after] = (await engine.step())!.trades;
    expect(after).toMatchObject({ outcome: "recorded" });
    expect(after!.id).not.toBe(before!.id);
  });

  it("BRANCH_LOST: after a deep reorganisation everything is read again at the head", async () => {
    const { engine, market } = await watching();
    market.mine(GAP);
    for (let block = 0; block < 9; block += 1) market.mine();
    expect(await engine.step()).toBeUndefined();
    expect(engine.status()).toMatchObject({ head: undefined, reopened: 1 });
    expect((await engine.step())!.trades).toMatchObject([{ outcome: "recorded" }]);
    expect(engine.status()).toMatchObject({ pools: 2, head: { height: 11 } });
  });

  it("ARB-29: a trade whose block the node has dropped is dead, and is searched again in the next block", async () => {
    const bench = await watching();
    const { engine, market, ledger } = bench;
    market.mine(GAP);
    bench.failure = "NODE_BLOCK_UNKNOWN";
    const [trade] = (await engine.step())!.trades;
    expect(trade).toMatchObject({ outcome: "refused", reason: expect.stringMatching(/^NODE_BLOCK_UNKNOWN/) });
    expect((await ledger.history(trade!.id))!.decisions).toMatchObject([{ stage: "worth", isGo: false }]);
    bench.failure = undefined;
    market.mine();
    expect((await engine.step())!.trades).toMatchObject([{ outcome: "recorded" }]);
  });

  it("a trade found while the database is down is searched again in the next block", async () => {
    const { engine, market, ledger } = await watching();
    const addOpportunity = vi.spyOn(ledger, "addOpportunity");
    addOpportunity.mockRejectedValueOnce(ledgerErrors.OPPORTUNITY_NOT_FOUND({ id: "gone" }));
    market.mine(GAP);
    await expect(engine.step()).rejects.toMatchObject({ code: "OPPORTUNITY_NOT_FOUND" });
    market.mine();
    expect((await engine.step())!.trades).toMatchObject([{ outcome: "recorded", profitWei: PROFIT }]);
  });

  it("excludes a fee-on-transfer token, with the reason in the ledger", async () => {
    const bench = await watching();
    const { engine, market, ledger } = bench;
    market.mine(GAP);
    bench.arrivesPercent = 99n;
    const [trade] = (await engine.step())!.trades;
    expect(trade).toMatchObject({ outcome: "refused" });
    expect((await ledger.history(trade!.id))!.decisions[0]?.reason).toMatch(/is feeOnTransfer: of 100/);
    expect([...engine.status().excluded.keys()]).toEqual([TOKEN_0]);
    expect(engine.status().pools).toBe(0);
    expect(bench.simulated).toBe(0);
  });

  it("ARB-15: probes a token at the output pool if the input pool has none of it", async () => {
    const { engine, market } = await watching({ options: { probeBlocksMax: 1 } });
    market.mine([[PAIRS[1], [99n, 1n]]]);
    expect((await engine.step())!.trades).toMatchObject([{ code: "arithmeticDiffers" }]);
    expect([...engine.status().excluded.keys()]).toEqual([]);
    market.mine([...GAP, [PAIRS[1], [1_000n * UNIT, 1_000n * UNIT]]]);
    expect((await engine.step())!.trades).toMatchObject([{ outcome: "recorded" }]);
  });

  it("ARB-15: excludes nearly empty pools until they change, and not their tokens", async () => {
    const { engine, market } = await watching({ options: { probeBlocksMax: 1 } });
    market.mine([
      [PAIRS[0], [50n, 50n]],
      [PAIRS[1], [99n, 20n]],
    ]);
    expect((await engine.step())!.trades).toMatchObject([
      { code: "tokenUnsound", reason: expect.stringMatching(/is unheld at pool/) },
    ]);
    expect(engine.status()).toMatchObject({ pools: 0, excluded: new Map() });
    market.mine([...GAP, [PAIRS[1], [1_000n * UNIT, 1_000n * UNIT]]]);
    expect((await engine.step())!.trades).toMatchObject([{ outcome: "recorded" }]);
  });

  it("ARB-15: excludes a pool that cannot send a token, and the token with two such pools", async () => {
    const bench = await watching({ options: { probeBlocksMax: 1 } });
    const { engine, market, muted } = bench;
    muted.add(PAIRS[1]);
    market.mine(GAP);
    expect((await engine.step())!.trades).toMatchObject([
      { code: "tokenUnsound", reason: expect.stringContaining(`is paused at pool ${PAIRS[1]}`) },
    ]);
    expect(engine.status()).toMatchObject({ pools: 1, excluded: new Map() });
    expect([...engine.watch()!.quarantined.keys()]).toEqual([PAIRS[1]]);
    muted.add(PAIRS[0]);
    market.mine([...GAP, [PAIRS[1], [1_000n * UNIT, 1_000n * UNIT]]]);
    expect((await engine.step())!.trades).toMatchObject([{ code: "tokenUnsound" }]);
    expect([...engine.status().excluded.keys()]).toEqual([TOKEN_0]);
  });

  it("reads pools again whose bytecode computes another result", async () => {
    const bench = await watching();
    const { engine, market } = bench;
    market.mine(GAP);
    bench.profit = PROFIT - 1n;
    const [trade] = (await engine.step())!.trades;
    expect(trade).toMatchObject({ outcome: "refused", reason: expect.stringMatching(/formulas/) });
    expect(
      engine
        .status()
        .stale.map(({ pool }) => pool)
        .sort(),
    ).toEqual([...PAIRS].sort());
    bench.profit = PROFIT;
    market.mine();
    expect((await engine.step())!.trades).toMatchObject([{ outcome: "recorded" }]);
    expect(engine.status().stale).toEqual([]);
  });

  it("finds pools with false logs by sampling, and reads them again", async () => {
    const { engine, market } = await watching({ options: { sampleCount: 2 } });
    market.lie(PAIRS[1], [1n, 1n]);
    await engine.step();
    expect(engine.status().stale).toMatchObject([{ pool: PAIRS[1], reason: "SAMPLE" }]);
    market.mine();
    expect(await engine.step()).toMatchObject({ found: 0 });
    expect(engine.status()).toMatchObject({ stale: [], pools: 2 });
  });

  it("ARB-33: refuses unprofitable, killed and oversized trades with the reason", async () => {
    const dear = await watching({ options: { thresholdWei: PROFIT - 1n } });
    dear.market.mine(GAP);
    expect((await dear.engine.step())!.trades).toMatchObject([
      { outcome: "refused", reason: expect.stringMatching(/does not exceed the threshold/) },
    ]);
    const killed = await watching();
    await killed.risk.kill("a test", "enough");
    killed.market.mine(GAP);
    expect((await killed.engine.step())!.trades).toMatchObject([
      { outcome: "refused", reason: "killed by a test: enough" },
    ]);
    const bounded = await watching({ options: { tradeWeiMax: UNIT } });
    bounded.market.mine(GAP);
    const [trade] = (await bounded.engine.step())!.trades;
    expect(trade!.route.amountIn).toBeLessThanOrEqual(UNIT);
    expect(trade!.notionalWei).toBeGreaterThan(UNIT - 1_000n);
  });

  it("ARB-35: paper mode without a deployed contract does not simulate, and records why", async () => {
    const bench = await watching({ options: { isSimulated: false } });
    bench.market.mine(GAP);
    const [trade] = (await bench.engine.step())!.trades;
    expect(trade).toMatchObject({ outcome: "recorded" });
    const { decisions, simulations } = (await bench.ledger.history(trade!.id))!;
    expect(decisions[0]).toMatchObject({ reason: expect.stringMatching(/^not simulated: net/) });
    expect([simulations, bench.simulated]).toEqual([[], 0]);
  });

  it("ARB-33: does not simulate a trade that loses even with free gas, and records why", async () => {
    const bench = await watching();
    bench.engine.change({ thresholdWei: 10n ** 30n });
    bench.market.mine(GAP);
    const [trade] = (await bench.engine.step())!.trades;
    expect(trade).toMatchObject({ outcome: "refused", code: "belowThreshold" });
    expect(await bench.ledger.history(trade!.id)).toMatchObject({
      outcome: "refused",
      simulations: [],
      decisions: [{ stage: "choice", isGo: false, code: "belowThreshold" }],
    });
    expect(bench.simulated).toBe(0);
  });

  it("ARB-30: records trades displaced by more valuable ones, and the counts of a scan", async () => {
    const bench = await watching({ options: { tradesMax: 0 } });
    bench.market.mine(GAP);
    const report = (await bench.engine.step())!;
    expect(report.trades).toMatchObject([{ outcome: "refused", code: "beyondTradesMax" }]);
    const history = (await bench.ledger.history(report.trades[0]!.id))!;
    expect(history).toMatchObject({ outcome: "refused", decisions: [{ stage: "choice", isGo: false }] });
    const [scan] = await bench.ledger.scans(undefined, 9);
    expect(scan).toMatchObject({ found: 1, sized: 1, trades: 1, dropped: {}, block: { height: 2 } });
    const poor = await watching({ options: { tradeWeiMax: 0n } });
    poor.market.mine(GAP);
    expect((await poor.engine.step())!.trades).toEqual([]);
    expect(await poor.ledger.scans(undefined, 9)).toMatchObject([{ dropped: { limitTooSmall: 1 } }]);
  });

  it("ARB-34: does not simulate a trade that screening stops", async () => {
    const refusal = { code: "poolDenied", reason: "pool is denied" } as const;
    const bench = await watching({ screening: async () => refusal });
    bench.market.mine(GAP);
    const [trade] = (await bench.engine.step())!.trades;
    expect(trade).toMatchObject({ outcome: "refused", ...refusal });
    const { decisions } = (await bench.ledger.history(trade!.id))!;
    expect(decisions).toMatchObject([{ stage: "compliance", isGo: false, code: "poolDenied" }]);
    expect(bench.simulated).toBe(0);
  });

  it("ARB-32: changed rules apply from the next block", async () => {
    const { engine, market } = await watching();
    engine.change({ thresholdWei: PROFIT });
    market.mine(GAP);
    expect((await engine.step())!.trades).toMatchObject([{ code: "belowThreshold" }]);
    engine.change({ thresholdWei: 0n });
    market.mine(GAP);
    expect((await engine.step())!.trades).toMatchObject([{ outcome: "recorded", code: "paper" }]);
  });

  it("ARB-31: a requested dry run leaves no trace, and a requested trade obeys the same rules", async () => {
    const { engine, market, ledger, risk } = await watching();
    market.mine(GAP);
    const found = (await engine.step())!.trades[0]!;
    market.mine(GAP);
    const hops = found.route.hops.map(({ pool, tokenIn }) => ({ pool, tokenIn }));
    await engine.step();
    const before = (await ledger.histories({ limit: 9 })).length;
    const tried = await engine.simulate({ hops, amountIn: undefined });
    expect(tried).toMatchObject({ isGo: true, code: "paysEnough", sized: { profit: PROFIT } });
    expect(await ledger.histories({ limit: 9 })).toHaveLength(before);
    expect((await risk.state()).reserved.size).toBe(0);
    expect(await engine.execute({ hops, amountIn: undefined })).toMatchObject({ outcome: "recorded" });
    const small = await engine.simulate({ hops, amountIn: UNIT });
    expect(small).toMatchObject({ isGo: false, code: "arithmeticDiffers", sized: { amountIn: UNIT } });
  });

  it("ARB-31: requested trades and engine steps never overlap", async () => {
    const { engine, market, ledger } = await watching();
    market.mine(GAP);
    const hops = [0, 1].map((place) => ({ pool: PAIRS[place]!, tokenIn: [TOKEN_0, TOKEN_1][place]! }));
    const [report, made] = await Promise.all([engine.step(), engine.execute({ hops, amountIn: undefined })]);
    expect(report!.trades[0]!.id).toBe(made.id);
    expect(
      (await ledger.history(made.id))!.decisions.filter(({ stage }) => stage === "submission"),
    ).toHaveLength(2);
  });

  it("TRADE_REFUSED: refuses invalid requested trades", async () => {
    const { engine, market } = await watching();
    market.mine(GAP);
    await engine.step();
    const ask = (hops: readonly (readonly [Hex, Hex])[], amountIn?: bigint) =>
      engine.simulate({ hops: hops.map(([pool, tokenIn]) => ({ pool, tokenIn })), amountIn });
    const [one, other] = PAIRS as [Hex, Hex];
    await expect(
      ask([
        [EXECUTOR, TOKEN_0],
        [other, TOKEN_1],
      ]),
    ).rejects.toMatchObject({ code: "TRADE_REFUSED", facts: { reason: "unknownPool" } });
    for (const hops of [
      [
        [one, TOKEN_0],
        [other, TOKEN_0],
      ],
      [
        [one, EXECUTOR],
        [other, TOKEN_1],
      ],
      [],
    ] as const)
      await expect(ask(hops)).rejects.toMatchObject({
        code: "TRADE_REFUSED",
        facts: { reason: "brokenCycle" },
      });
    await expect(
      ask([
        [one, TOKEN_1],
        [other, TOKEN_0],
      ]),
    ).rejects.toMatchObject({
      code: "TRADE_REFUSED",
      facts: { reason: "noProfitToken" },
    });
    const losing = await Promise.allSettled([
      ask([
        [one, TOKEN_0],
        [other, TOKEN_1],
      ]),
      ask([
        [other, TOKEN_0],
        [one, TOKEN_1],
      ]),
    ]);
    expect(losing.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(
      ask(
        [
          [one, TOKEN_0],
          [other, TOKEN_1],
        ],
        10n ** 30n,
      ),
    ).rejects.toMatchObject({
      code: "TRADE_REFUSED",
      facts: { reason: expect.not.stringMatching(/^(?:unknownPool|brokenCycle|noProfitToken)$/) },
    });
  });

  it("NODE_OF_OTHER_CHAIN: follows and signs nothing after the node was replaced by another chain's", async () => {
    const asked: string[] = [];
    const live: LivePorts = {
      slots: createMemoryNonceSlotStore(),
      submitter: {
        async submit() {
          asked.push("submit");
          throw submissionErrors.SUBMISSION_BUSY();
        },
        async advance() {
          asked.push("advance");
          return [];
        },
        isSettled: async () => true,
      },
    };
    const { engine, market } = await watching({ live });
    market.mine(GAP);
    market.chainId = 1;
    const before = asked.length;
    const refused = { code: "NODE_OF_OTHER_CHAIN", facts: { got: 1, expected: 7331 } };
    await expect(engine.step()).rejects.toMatchObject(refused);
    const [pool, other] = PAIRS as [Hex, Hex];
    const hops = [
      { pool, tokenIn: TOKEN_0 },
      { pool: other, tokenIn: TOKEN_1 },
    ];
    await expect(engine.step()).rejects.toMatchObject(refused);
    expect(asked.slice(before)).toEqual([]);
    market.chainId = 7331;
    expect((await engine.step())!.trades).toMatchObject([{ code: "SUBMISSION_BUSY" }]);
    expect(asked.slice(before)).toEqual(["advance", "submit"]);
    market.chainId = 1;
    const later = asked.length;
    await expect(engine.execute({ hops, amountIn: undefined })).rejects.toMatchObject(refused);
    expect(asked.slice(later)).toEqual([]);
  });

  it("ENGINE_CHAIN_EMPTY: asks a node without a head again", async () => {
    const { engine, market } = openEngineBench();
    market.isEmpty = true;
    await expect(engine.step()).rejects.toMatchObject({ code: "ENGINE_CHAIN_EMPTY" });
    market.isEmpty = false;
    expect(await engine.step()).toMatchObject({ found: 0 });
  });
});
