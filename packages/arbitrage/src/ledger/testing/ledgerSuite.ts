import { bytesToHex, type Hex } from "@trellis/base";
import type { ChainClient, ChainLog } from "@trellis/client";
import type { Route } from "@trellis/contracts/arbitrage";
import type { Sent } from "@trellis/market";
import { describe, expect, it } from "vitest";
import { EXECUTOR, OWNER, openTrade, type Trade, UNIT } from "../../simulation/testing/openTrade.ts";
import type { NonceSlot, NonceSlotAttempt } from "../../submission/index.ts";
import {
  type ArbitrageLedger,
  bookNonceSlot,
  checkBooks,
  type DecisionStage,
  type HistoryQuery,
  type Movement,
  type Opportunity,
  openBooks,
  PERIODS,
} from "../index.ts";

const NOW_MS = 1_790_000_000_000;
const CHAIN = 7331;
const BLOCK = { height: 7, hash: `0x${"bb".repeat(32)}` as Hex };
const SLOT = {
  chainId: CHAIN,
  wallet: EXECUTOR,
  nonce: 3,
  version: 0,
  transactionHashes: [`0x${"aa".repeat(32)}` as Hex],
  movements: [],
};
const clock = { nowMs: () => NOW_MS };
const hashOf = (number: number): Hex => `0x${number.toString(16).padStart(64, "0")}`;
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const worthOf = (_: unknown, amount: bigint) => 2n * amount;

function nodeOf(
  { market }: Trade,
  { logs }: Sent,
  transactionHash: Hex,
  block: { height: number; hash: Hex },
) {
  const all = logs.map(
    (log, logIndex): ChainLog => ({ ...log, data: bytesToHex(log.data), block, transactionHash, logIndex }),
  );
  const node: Pick<ChainClient, "logs" | "balance" | "call"> = {
    logs: async ({ address, topics, fromHeight, toHeight }) =>
      all.filter(
        (log) =>
          log.address === address &&
          log.block.height >= fromHeight &&
          log.block.height <= toHeight &&
          topics.every((topic, place) => topic === null || topic === log.topics[place]),
      ),
    balance: async (address) => market.chain.state.account(address)?.balance ?? 0n,
    call: async (to, data) => {
      const { isReverted, output } = market.chain.call(OWNER, to, data);
      return isReverted ? undefined : output;
    },
  };
  return node;
}

const opportunityOf = (id: string, route: Route, block: Opportunity["block"]): Opportunity => ({
  id,
  chainId: CHAIN,
  block: { height: block.height, hash: block.hash },
  route,
  expectedProfit: 5n,
  foundAtMs: NOW_MS,
});

const attemptOf = (hash: Hex, jobId?: string): NonceSlotAttempt => ({
  hash,
  raw: "0x02",
  nonce: 4,
  gasLimit: 500_000n,
  maxFeeWei: 10n,
  maxTipWei: 1n,
  preparedAtMs: NOW_MS,
  job:
    jobId === undefined
      ? undefined
      : { id: jobId, call: { to: OWNER, data: "0x" }, gasLimit: 500_000n, lastBlock: 9 },
});

function executedTrade(id: string, gasPriceWei: bigint) {
  const trade = openTrade();
  const route = trade.route(10n * UNIT);
  const found = trade.block();
  const sent = trade.execute(route);
  const block = { height: found.height + 1, hash: hashOf(0xb0) };
  const { hash } = attemptOf(hashOf(1));
  const { gasUsed } = sent;
  const slot: NonceSlot = {
    nonce: 4,
    state: "included",
    attempts: [attemptOf(hashOf(2), "earlier"), attemptOf(hash, id)],
    inclusion: { transactionHash: hash, block, isReverted: false, gasUsed, gasPriceWei },
    version: 1,
  };
  const keeping = { chainId: CHAIN, wallet: EXECUTOR, arbitrageur: trade.arbitrageur.address, owner: OWNER };
  return { trade, route, found, sent, block, slot, keeping, node: nodeOf(trade, sent, hash, block) };
}

export function ledgerSuite(name: string, open: () => Promise<ArbitrageLedger>): void {
  describe(`${name} ledger`, () => suite(open));
}

function suite(open: () => Promise<ArbitrageLedger>): void {
  it("ARB-25: stores opportunities, simulations, decisions and outcomes", async () => {
    const ledger = await open();
    const trade = openTrade();
    const lender = { place: 1, amountIn: 7n };
    const route = { ...trade.route(UNIT), anchor: { number: 5, hash: undefined }, lender };
    const opportunity = opportunityOf("a", route, trade.block());
    await ledger.addOpportunity(opportunity);
    await ledger.addOpportunity(opportunity);
    const simulation = {
      simulator: "EVM",
      simulatedAtMs: 1,
      isSuccess: true,
      profit: 9n,
      gasUsed: 7n,
      failure: undefined,
    };
    await ledger.addSimulation("a", simulation);
    await ledger.addSimulation("a", { ...simulation, isSuccess: false, failure: "DeadlinePassed()" });
    const decision = {
      stage: "worth",
      isGo: false,
      code: "paysTooLittle",
      reason: "net -1",
      figures: { netWei: "-1", isLate: true },
      decidedAtMs: 2,
    } as const;
    await ledger.addDecision("a", decision);
    await ledger.addDecision("a", { ...decision, stage: "risk", isGo: true, code: "admitted" });
    const execution = {
      wallet: EXECUTOR,
      nonce: 3,
      outcome: "open",
      inclusion: undefined,
      changedAtMs: 3,
    } as const;
    await ledger.setSlot({ ...SLOT, executions: [{ opportunityId: "a", execution, fills: [] }] }, NOW_MS);
    expect(await ledger.history("a")).toEqual({
      ...opportunity,
      simulations: [simulation, { ...simulation, isSuccess: false, failure: "DeadlinePassed()" }],
      decisions: [decision, { ...decision, stage: "risk", isGo: true, code: "admitted" }],
      outcome: "open",
      execution,
      fills: [],
    });
    expect(await ledger.history("b")).toBeUndefined();
    await ledger.addOpportunity({ ...opportunity, id: "b", foundAtMs: NOW_MS + 1 });
    expect((await ledger.histories({ limit: 9 })).map(({ id }) => id)).toEqual(["b", "a"]);
    expect(await ledger.histories({ limit: 1 })).toHaveLength(1);
  });

  it("OPPORTUNITY_NOT_FOUND", async () => {
    const ledger = await open();
    const writes = [
      ledger.addSimulation("a", {
        simulator: "EVM",
        simulatedAtMs: 1,
        isSuccess: true,
        profit: 9n,
        gasUsed: 7n,
        failure: undefined,
      }),
      ledger.addDecision("a", {
        stage: "risk",
        isGo: true,
        code: "admitted",
        reason: "r",
        figures: {},
        decidedAtMs: 2,
      }),
    ];
    for (const outcome of await Promise.allSettled(writes))
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "OPPORTUNITY_NOT_FOUND" } });
  });

  it("ARB-26, ARB-27: an executed trade is booked once with its fills, and the books equal the chain's balances", async () => {
    const ledger = await open();
    const { trade, route, found, sent, block, slot, keeping, node } = executedTrade("a", 0n);
    const { base, other, cheapV3, dearV2 } = trade;
    for (const id of ["earlier", "a"]) await ledger.addOpportunity(opportunityOf(id, route, found));
    const empty = { balance: async () => 0n, call: async () => hashOf(0) };
    const accounts = [OWNER, keeping.arbitrageur].flatMap((account) =>
      [base.address, other.address, "coin" as const].map((asset) => ({ account, asset })),
    );
    for (let time = 0; time < 2; time += 1)
      await openBooks(ledger, empty, accounts, { chainId: CHAIN, block: found, nowMs: NOW_MS });
    await bookNonceSlot(slot, keeping, { ledger, client: node, clock, worthOf });
    await bookNonceSlot(slot, keeping, { ledger, client: node, clock, worthOf });
    const profit = BigInt(sent.output);
    expect(await checkBooks(ledger, node, { chainId: CHAIN, block })).toEqual([]);
    const positions = await ledger.positions(CHAIN, block.height);
    expect(positions).toHaveLength(6);
    expect(positions.filter(({ amount }) => amount !== 0n)).toEqual([
      { account: OWNER, asset: base.address, amount: profit },
    ]);
    const history = await ledger.history("a");
    expect(history?.execution).toMatchObject({
      outcome: "executed",
      nonce: 4,
      inclusion: { gasPriceWei: 0n },
    });
    const [first, second] = history!.fills;
    expect(first).toMatchObject({
      place: 0,
      pool: cheapV3.address,
      amountIn: 10n * UNIT,
      tokenOut: other.address,
    });
    expect(second).toMatchObject({
      place: 1,
      pool: dearV2.address,
      amountIn: first!.amountOut,
      tokenOut: base.address,
    });
    expect(second!.amountOut - first!.amountIn).toBe(profit);
    expect((await ledger.history("earlier"))?.execution?.outcome).toBe("expired");
    base.do(OWNER, "transfer", [EXECUTOR, 1n]);
    expect(await checkBooks(ledger, node, { chainId: CHAIN, block })).toEqual([
      { account: OWNER, asset: base.address, booked: profit, onChain: profit - 1n },
    ]);
  });

  it("ARB-26: a reorganised block has no effect on balances, and stays in the history", async () => {
    const ledger = await open();
    const { trade, route, found, sent, block, slot, keeping, node } = executedTrade("a", 3n);
    for (const id of ["earlier", "a"]) await ledger.addOpportunity(opportunityOf(id, route, found));
    const ports = { ledger, client: node, clock, worthOf };
    await bookNonceSlot(slot, keeping, ports);
    const gas = -3n * sent.gasUsed;
    const profit = BigInt(sent.output);
    const results = async () => ledger.results({ fromMs: NOW_MS, toMs: NOW_MS + 1 });
    const booked = [
      {
        chainId: CHAIN,
        asset: trade.base.address,
        profit,
        gas: 0n,
        reference: 2n * profit,
        unpricedCount: 0,
      },
      { chainId: CHAIN, asset: "coin", profit: 0n, gas, reference: 2n * gas, unpricedCount: 0 },
    ];
    expect(await results()).toEqual(booked);
    expect(await ledger.results({ fromMs: 0, toMs: NOW_MS })).toEqual([]);
    await bookNonceSlot({ ...slot, state: "sent", inclusion: undefined }, keeping, ports);
    expect((await results()).map((result) => [result.profit, result.gas, result.reference])).toEqual([
      [0n, 0n, 0n],
      [0n, 0n, 0n],
    ]);
    expect((await ledger.history("a"))?.execution).toMatchObject({ outcome: "open", inclusion: undefined });
    const again = { height: block.height + 1, hash: hashOf(0xb1) };
    const later = { ...slot, inclusion: { ...slot.inclusion!, block: again } };
    const client = nodeOf(trade, sent, slot.inclusion!.transactionHash, again);
    await bookNonceSlot(later, keeping, { ...ports, client });
    expect(await results()).toEqual(booked);
    const all = await ledger.movements(0n, 100);
    expect(all.map(({ amount }) => amount)).toHaveLength(6);
    expect(all.map(({ block: { hash } }) => hash)).toContain(hashOf(0xb1));
    expect(await ledger.movements(all[3]!.position, 100)).toEqual(all.slice(4));
  });

  it("ARB-26: a late report of an earlier slot version changes nothing", async () => {
    const ledger = await open();
    const { route, found, slot, keeping, node } = executedTrade("a", 3n);
    for (const id of ["earlier", "a"]) await ledger.addOpportunity(opportunityOf(id, route, found));
    const ports = { ledger, client: node, clock, worthOf };
    await bookNonceSlot(slot, keeping, ports);
    const booked = [await ledger.history("a"), await ledger.movements(0n, 9)];
    const earlier: NonceSlot = { ...slot, version: slot.version - 1, state: "sent", inclusion: undefined };
    await bookNonceSlot(earlier, keeping, ports);
    expect([await ledger.history("a"), await ledger.movements(0n, 9)]).toEqual(booked);
  });

  it("ARB-26: books a slot also if the month of one of its trades was dropped", async () => {
    const ledger = await open();
    const { route, found, slot, keeping, node } = executedTrade("a", 3n);
    await ledger.addOpportunity(opportunityOf("a", route, found));
    await bookNonceSlot(slot, keeping, { ledger, client: node, clock, worthOf });
    expect((await ledger.history("a"))?.outcome).toBe("executed");
    expect(await ledger.history("earlier")).toBeUndefined();
    const kinds = (await ledger.movements(0n, 9)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(["gas", "profit"]);
  });

  it("ARB-26: a reverted trade costs gas, and so does a slot without a trade", async () => {
    const ledger = await open();
    const { route, found, slot, keeping, node } = executedTrade("a", 3n);
    for (const id of ["earlier", "a"]) await ledger.addOpportunity(opportunityOf(id, route, found));
    const ports = { ledger, client: node, clock, worthOf: () => undefined };
    await bookNonceSlot({ ...slot, inclusion: { ...slot.inclusion!, isReverted: true } }, keeping, ports);
    expect((await ledger.history("a"))?.execution?.outcome).toBe("reverted");
    const none = attemptOf(hashOf(9));
    const inclusion = { ...slot.inclusion!, transactionHash: none.hash };
    await bookNonceSlot({ ...slot, attempts: [none], inclusion }, keeping, ports);
    const [result, ...rest] = await ledger.results({ fromMs: 0, toMs: NOW_MS + 1 });
    expect(rest).toEqual([]);
    expect(result).toMatchObject({ profit: 0n, gas: -6n * slot.inclusion!.gasUsed, unpricedCount: 2 });
  });

  it("ARB-26: a rollup's data fee is part of the gas", async () => {
    const ledger = await open();
    const { route, found, slot, keeping, node } = executedTrade("a", 3n);
    for (const id of ["earlier", "a"]) await ledger.addOpportunity(opportunityOf(id, route, found));
    const inclusion = { ...slot.inclusion!, l1FeeWei: 11n };
    await bookNonceSlot({ ...slot, inclusion }, keeping, { ledger, client: node, clock, worthOf });
    const entered = await ledger.movementsOf(CHAIN, [inclusion.transactionHash]);
    expect(entered.find(({ kind }) => kind === "gas")?.amount).toBe(-3n * inclusion.gasUsed - 11n);
    expect((await ledger.history("a"))?.execution?.inclusion).toMatchObject({ l1FeeWei: 11n });
    expect(await ledger.movementsOf(CHAIN, [hashOf(2)])).toEqual([]);
  });

  it("LEDGER_DATA_MISSING: does not book what the node does not return", async () => {
    const ledger = await open();
    const { route, found, slot, keeping, node } = executedTrade("a", 3n);
    for (const id of ["earlier", "a"]) await ledger.addOpportunity(opportunityOf(id, route, found));
    const { gasPriceWei: _, ...inclusion } = slot.inclusion!;
    const ports = { ledger, client: node, clock, worthOf };
    await expect(bookNonceSlot({ ...slot, inclusion }, keeping, ports)).rejects.toEqual(
      code("LEDGER_DATA_MISSING", { reason: "no effectiveGasPrice" }),
    );
    const silent = { logs: async () => [] };
    await expect(bookNonceSlot(slot, keeping, { ...ports, client: silent })).rejects.toEqual(
      code("LEDGER_DATA_MISSING", { reason: "log of the swap missing" }),
    );
    expect(await ledger.movements(0n, 9)).toEqual([]);
  });

  it("ARB-26: concurrent entries of one movement are entered once", async () => {
    const ledger = await open();
    const movement: Movement = {
      chainId: CHAIN,
      account: OWNER,
      asset: "coin",
      kind: "transfer",
      amount: 7n,
      reference: undefined,
      opportunityId: undefined,
      transactionHash: hashOf(1),
      block: { height: 1, hash: hashOf(2) },
      recordedAtMs: NOW_MS,
    };
    await Promise.all([1, 2, 3].map(() => ledger.setMovements(CHAIN, [hashOf(1)], [movement], NOW_MS)));
    expect(await ledger.movements(0n, 9)).toEqual(
      [{ ...movement, position: 1n }].map((each) => ({ ...each, position: expect.anything() })),
    );
  });

  it("ARB-33: keeps the outcome of a trade that another worker sent", async () => {
    const ledger = await open();
    const route = openTrade().route(UNIT);
    await ledger.addOpportunity(opportunityOf("a", route, BLOCK));
    const decision = { reason: "r", figures: {}, decidedAtMs: 1 };
    const decide = (stage: DecisionStage, isGo: boolean, name: string) =>
      ledger.addDecision("a", { ...decision, stage, isGo, code: name });
    const outcome = async () => (await ledger.history("a"))?.outcome;
    await decide("worth", true, "paysEnough");
    expect(await outcome()).toBe("found");
    await decide("submission", false, "paper");
    expect(await outcome()).toBe("recorded");
    await decide("submission", true, "submitted");
    await decide("risk", false, "alreadyAdmitted");
    expect(await outcome()).toBe("open");
  });

  it("ARB-30: enters displaced trades once with the reason, and scans", async () => {
    const ledger = await open();
    const route = openTrade().route(UNIT);
    const decision = { stage: "choice", isGo: false, code: "beyondTradesMax" } as const;
    const passed = ["a", "b"].map((id) => ({
      opportunity: opportunityOf(id, route, BLOCK),
      decision: { ...decision, reason: "r", figures: {}, decidedAtMs: 1 },
    }));
    for (let time = 0; time < 2; time += 1) await ledger.addSkipped(passed);
    await ledger.addSkipped([]);
    const [b, a] = await ledger.histories({ limit: 9 });
    expect([b, a].map((one) => [one?.id, one?.outcome, one?.decisions.length])).toEqual([
      ["b", "refused", 1],
      ["a", "refused", 1],
    ]);
    const scan = {
      chainId: CHAIN,
      block: BLOCK,
      blockTimeMs: NOW_MS,
      found: 9,
      examined: 20,
      sized: 5,
      trades: 2,
      truncated: ["trades"],
      dropped: { notExecutable: 3 },
      scannedAtMs: NOW_MS,
    };
    const later = { ...scan, block: { height: 8, hash: hashOf(8) }, scannedAtMs: NOW_MS + 1 };
    for (const one of [scan, scan, later]) await ledger.addScan(one);
    expect(await ledger.scans(undefined, 9)).toEqual([later, scan]);
    expect(await ledger.scans({ scannedAtMs: NOW_MS + 1, hash: hashOf(8) }, 9)).toEqual([scan]);
    const all = { ...scan, found: 11, examined: 30, sized: 6, trades: 3, truncated: ["trades", "cycles"] };
    const more = { ...all, dropped: { notExecutable: 3, paysNothing: 1 } };
    for (const one of [more, scan]) await ledger.addScan(one);
    expect(await ledger.scans(undefined, 9)).toEqual([later, more]);
  });

  it("lists are paged and filtered by token, outcome and time", async () => {
    const ledger = await open();
    const route = openTrade().route(UNIT);
    for (const [id, foundAtMs] of [
      ["a", 1],
      ["b", 2],
      ["c", 2],
      ["d", 3],
    ] as const)
      await ledger.addOpportunity({ ...opportunityOf(id, route, BLOCK), foundAtMs });
    await ledger.addDecision("b", {
      stage: "worth",
      isGo: false,
      code: "paysTooLittle",
      reason: "r",
      figures: {},
      decidedAtMs: 1,
    });
    const ids = async (query: Partial<HistoryQuery>) =>
      (await ledger.histories({ limit: 9, ...query })).map(({ id }) => id).join("");
    expect(await ids({})).toBe("dcba");
    expect(await ids({ limit: 2 })).toBe("dc");
    expect(await ids({ after: { foundAtMs: 2, id: "c" } })).toBe("ba");
    expect(await ids({ outcomes: ["refused"] })).toBe("b");
    expect(await ids({ token: route.hops[0]!.tokenIn as Hex, fromMs: 2, toMs: 3 })).toBe("cb");
    expect(await ids({ token: OWNER })).toBe("");
  });

  it("ARB-37: performance is by UTC period, with found and booked amounts", async () => {
    const ledger = await open();
    const route = openTrade().route(UNIT);
    const [sunday, monday] = [Date.UTC(2026, 4, 31, 23, 30), Date.UTC(2026, 5, 1, 0, 30)];
    await ledger.addOpportunity({ ...opportunityOf("a", route, BLOCK), foundAtMs: sunday });
    await ledger.addOpportunity({ ...opportunityOf("b", route, BLOCK), foundAtMs: monday });
    const movement = (kind: "profit" | "gas", amount: bigint, number: number): Movement => ({
      chainId: CHAIN,
      account: OWNER,
      asset: "coin",
      kind,
      amount,
      reference: 2n * amount,
      opportunityId: undefined,
      transactionHash: hashOf(number),
      block: BLOCK,
      recordedAtMs: 0,
    });
    await ledger.setMovements(CHAIN, [hashOf(1)], [movement("profit", 7n, 1)], sunday);
    await ledger.setMovements(CHAIN, [hashOf(2)], [movement("gas", -3n, 2)], monday);
    const time = { fromMs: sunday, toMs: monday + 1 };
    for (const period of PERIODS) {
      const periods = await ledger.performance(time, period);
      expect([period, periods.map(({ fromMs }) => new Date(fromMs).toISOString().slice(5, 13))]).toEqual([
        period,
        {
          hour: ["05-31T23", "06-01T00"],
          day: ["05-31T00", "06-01T00"],
          week: ["05-25T00", "06-01T00"],
          month: ["05-01T00", "06-01T00"],
        }[period],
      ]);
      expect(periods.map(({ outcomes, assets }) => [outcomes.found, assets[0]?.reference])).toEqual([
        [1, 14n],
        [1, -6n],
      ]);
    }
    expect(await ledger.performance({ fromMs: 0, toMs: sunday }, "day")).toEqual([]);
    expect(await ledger.movements(0n, 9, { fromMs: monday, toMs: monday + 1 })).toMatchObject([
      { amount: -3n },
    ]);
  });
}
