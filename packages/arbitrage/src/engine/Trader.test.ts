import { type Hex, silentLog } from "@trellis/base";
import { expect, it } from "vitest";
import { createMemoryLedger, ledgerErrors } from "../ledger/index.ts";
import { addressOf, TOKEN_0, TOKEN_1 } from "../pools/testing/addresses.ts";
import { blockOf } from "../pools/testing/logs.ts";
import { createMemoryQueue, type SharedJobs } from "../queue/index.ts";
import { createMemoryRiskStore, createRisk } from "../risk/index.ts";
import type { Submitter } from "../submission/index.ts";
import { createMemoryNonceSlotStore } from "../submission/testing/createMemoryNonceSlotStore.ts";
import type { FoundTrade } from "./findTrades.ts";
import { SKIP_CODES, Trader, type TraderPorts } from "./Trader.ts";
import { TradeTracker } from "./TradeTracker.ts";
import { PAIRS, UNIT } from "./testing/FakeMarket.ts";
import { LIMITS, OPTIONS, openEngineBench } from "./testing/openEngineBench.ts";

it("ARB-35: paper trading reserves nothing, also if the process or the database fails after the decision", async () => {
  const bench = openEngineBench();
  const { engine, ledger, market, risk } = bench;
  await engine.step();
  const addDecision = ledger.addDecision.bind(ledger);
  ledger.addDecision = async (id, decision) => {
    if (decision.stage === "risk") throw ledgerErrors.OPPORTUNITY_NOT_FOUND({ id });
    return addDecision(id, decision);
  };
  bench.profit = 997_439_185_835_187_298n;
  market.mine([[PAIRS[0], [1_000n * UNIT, 1_100n * UNIT]]]);
  await engine.step();
  expect((await risk.state()).reserved.size).toBe(0);
});

function tradesOf(others: readonly number[]): readonly FoundTrade[] {
  const block = { ...blockOf(7), timeSeconds: 1, baseFeeWei: 1n };
  const route = (other: number) => ({
    anchor: { number: block.height, hash: block.hash },
    windowBlocks: 1,
    deadlineSeconds: 1_000,
    profitMin: 1n,
    amountIn: 1_000n,
    hops: [
      { kind: "swapV2", pool: addressOf(0xa), tokenIn: TOKEN_0, zeroForOne: true, feePpm: 3_000 },
      { kind: "swapV2", pool: addressOf(other), tokenIn: TOKEN_1, zeroForOne: false, feePpm: 3_000 },
    ],
  });
  return others.map((other) => {
    const profit = BigInt(other) * 10n ** 14n;
    const id: Hex = `0x${other.toString(16).padStart(64, "0")}`;
    const trade = { id, block, token: TOKEN_0, profitWei: profit, notionalWei: 1_000n, sized: { profit } };
    return { ...trade, route: route(other) } as unknown as FoundTrade;
  });
}

it("ARB-33: poolReserved: two workers that judge trades through one pool send only one", async () => {
  const trades = tradesOf([0xd, 0xc]);
  const clock = { nowMs: () => 1_000 };
  const [ledger, slots, jobs] = [createMemoryLedger(), createMemoryNonceSlotStore(), new Map() as SharedJobs];
  const store = createMemoryRiskStore();
  const risk = createRisk({ store, clock, killSwitch: async () => undefined, limits: () => LIMITS });
  const sent: string[] = [];
  let judging = 0;
  let bothJudge = (): void => {};
  const both = new Promise<void>((resolve) => {
    bothJudge = resolve;
  });
  const worker = (name: string) => {
    const submitter = {
      advance: async () => [],
      submit: async ({ id }: { readonly id: string }) => ({ nonce: sent.push(id) }),
    } as unknown as Submitter;
    const { chainId, executor, arbitrageur, owner, prices } = OPTIONS;
    const client = {} as TraderPorts["client"] & ConstructorParameters<typeof TradeTracker>[1]["client"];
    const tracker = new TradeTracker(
      { chainId, wallet: executor, arbitrageur, owner, prices },
      { ledger, risk, clock, submitter, slots, client },
    );
    let profit = 0n;
    const simulator = {
      name: "made up",
      async simulate() {
        judging += 1;
        if (judging === 2) bothJudge();
        await both;
        const outcome = { isSuccess: true, gasUsed: 1_000n, output: "0x", balances: [profit] };
        return { before: [0n], outcomes: [outcome] };
      },
    };
    const probes = {
      async firstUnsound(hops: FoundTrade["route"]["hops"]) {
        profit = trades.find(({ route }) => route.hops === hops)?.profitWei ?? 0n;
        return undefined;
      },
    };
    return new Trader(() => ({ ...OPTIONS, mayTrade: true }), {
      client: { suggestedTipWei: async () => 1n },
      ledger,
      risk,
      clock,
      log: silentLog,
      simulator,
      probes,
      screening: async () => undefined,
      l1Fee: undefined,
      reference: undefined,
      live: { submitter, slots, tracker },
      formerWallets: () => [],
      invalidate: () => {},
      rescan: () => {},
      queue: createMemoryQueue({ worker: name, leaseMs: 5_000 }, clock, jobs),
    } as unknown as TraderPorts);
  };
  const [block] = trades.map((trade) => trade.block);
  const reports = await Promise.all(["a", "b"].map((name) => worker(name).tradeAll(trades, block!)));
  expect(sent).toHaveLength(1);
  expect(
    reports
      .flat()
      .map(({ code }) => code)
      .sort(),
  ).toEqual(["poolReserved", "submitted"]);
  expect(reports.flat().filter(({ code }) => SKIP_CODES.has(code))).toEqual([]);
  expect([...(await risk.state()).reserved.values()]).toMatchObject([{ nonce: 1 }]);
});
