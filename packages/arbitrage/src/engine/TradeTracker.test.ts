import { type Hex, isTrellisError } from "@trellis/base";
import { type ChainLog, clientErrors } from "@trellis/client";
import type { Route } from "@trellis/contracts/arbitrage";
import { describe, expect, it } from "vitest";
import { createMemoryLedger } from "../ledger/index.ts";
import { addressOf, TOKEN_0, TOKEN_1 } from "../pools/testing/addresses.ts";
import { blockOf, hashOf, logOf } from "../pools/testing/logs.ts";
import { createMemoryRiskStore, createRisk, type RiskRequest } from "../risk/index.ts";
import type { NonceSlot, NonceSlotAttempt } from "../submission/index.ts";
import { TradeTracker } from "./TradeTracker.ts";
import { EXECUTOR, LIMITS, OPTIONS } from "./testing/openEngineBench.ts";

const CHAIN = OPTIONS.chainId;
const { arbitrageur, owner, prices } = OPTIONS;
const POOLS = [addressOf(0xa), addressOf(0xb)] as const;
const FOUND = blockOf(7);
const HASH = hashOf(500);
const GAS_USED = 100n;
const GAS_PRICE = 3n;
const route: Route = {
  anchor: { number: FOUND.height, hash: FOUND.hash },
  windowBlocks: 2,
  deadlineSeconds: 1_000,
  profitMin: 5n,
  amountIn: 1_000n,
  hops: [
    { kind: "swapV2", pool: POOLS[0], tokenIn: TOKEN_0, zeroForOne: true, feePpm: 3_000 },
    { kind: "swapV2", pool: POOLS[1], tokenIn: TOKEN_1, zeroForOne: false, feePpm: 3_000 },
  ],
};
const request: RiskRequest = {
  id: "a",
  token: TOKEN_0,
  notionalWei: 1_000n,
  gasWeiMax: 500n,
  gasPriceWei: GAS_PRICE,
  blockTimeMs: 1_000,
  priceDeviationPpm: 0,
  pools: POOLS,
  height: 7,
  lastBlock: 9,
};
const attempt = (job: string | undefined, hash: Hex = HASH): NonceSlotAttempt => ({
  hash,
  raw: "0x02",
  nonce: 4,
  gasLimit: 500n,
  maxFeeWei: 1n,
  maxTipWei: 1n,
  preparedAtMs: 1,
  job:
    job === undefined
      ? undefined
      : { id: job, call: { to: owner, data: "0x" }, gasLimit: 500n, lastBlock: 9 },
});

async function openTracker() {
  const ledger = createMemoryLedger();
  const clock = { nowMs: () => world.nowMs };
  const limits = () => ({ ...LIMITS, failuresMax: 2 });
  const killSwitch = async () => undefined;
  const risk = createRisk({ store: createMemoryRiskStore(), clock, killSwitch, limits });
  const world = {
    nowMs: 1_000,
    topUp: 0n,
    slot: undefined as NonceSlot | undefined,
    forgotten: undefined as string | undefined,
    logs: [] as ChainLog[],
    compared: new Set<Hex | undefined>(),
    failsOnce: undefined as "logs" | "balance" | undefined,
  };
  const failing = (what: typeof world.failsOnce): void => {
    if (world.failsOnce !== what) return;
    world.failsOnce = undefined;
    throw clientErrors.NODE_BLOCK_UNKNOWN({ node: "made up" });
  };
  const own = async () => (world.slot === undefined ? [] : [world.slot]);
  const holds = (id: string) =>
    id === world.forgotten || world.slot?.attempts.some(({ job }) => job?.id === id) === true;
  const open = () =>
    new TradeTracker(
      { chainId: CHAIN, wallet: EXECUTOR, arbitrageur, owner, prices },
      {
        ledger,
        risk,
        clock,
        submitter: { advance: own },
        slots: { open: own, findJob: async (id) => (holds(id) ? world.slot : undefined) },
        client: {
          blockHash: async () => FOUND.hash,
          async logs({ address, topics, fromHeight }) {
            failing("logs");
            return world.logs.filter(
              (log) =>
                log.address === address &&
                log.block.height === fromHeight &&
                topics.every((topic, place) => topic === null || topic === log.topics[place]),
            );
          },
          async balance(_, blockHash) {
            failing("balance");
            world.compared.add(blockHash);
            return world.topUp - GAS_USED * GAS_PRICE;
          },
          call: async () => hashOf(0),
        },
      },
    );
  const expectedProfit = 5n;
  await ledger.addOpportunity({ id: "a", chainId: CHAIN, block: FOUND, route, expectedProfit, foundAtMs: 1 });

  return Object.assign(world, {
    tracker: open(),
    ledger,
    risk,
    async admit(): Promise<void> {
      expect(await risk.admit(request)).toMatchObject({ isAdmitted: true });
      this.tracker.track(request, route);
    },
    async restart(): Promise<void> {
      this.tracker = open();
      await this.tracker.recover();
    },
    put(
      version: number,
      included?: { readonly branch: number; readonly isReverted?: boolean },
      state?: "final",
    ) {
      const block = blockOf(8, included?.branch);
      const inclusion = included && {
        transactionHash: HASH,
        block,
        isReverted: included.isReverted === true,
        gasUsed: GAS_USED,
        gasPriceWei: GAS_PRICE,
      };
      const at = state ?? (included === undefined ? "sent" : "included");
      world.slot = { nonce: 4, version, state: at, attempts: [attempt("a")], inclusion };
      const told = logOf.bind(undefined, block);
      const swap = "Swap(address,uint256,uint256,uint256,uint256,address)";
      const transfer = "Transfer(address,address,uint256)";
      const made = [
        told(0, POOLS[0], swap, [1n, 2n], [1_000n, 0n, 0n, 990n]),
        told(1, POOLS[1], swap, [1n, 2n], [0n, 990n, 1_005n, 0n]),
        told(2, TOKEN_0, transfer, [BigInt(arbitrageur), BigInt(owner)], [5n]),
      ];
      world.logs = inclusion === undefined ? [] : made.map((log) => ({ ...log, transactionHash: HASH }));
    },
    async begin(amount: bigint): Promise<void> {
      const opening = {
        ...({ chainId: CHAIN, account: EXECUTOR, asset: "coin", kind: "opening", amount } as const),
        reference: undefined,
        opportunityId: undefined,
        transactionHash: HASH,
        recordedAtMs: 1,
      };
      await ledger.setMovements(CHAIN, [HASH], [{ ...opening, block: FOUND }], 1);
    },
    async coin(): Promise<bigint> {
      const positions = await ledger.positions(CHAIN, 99);
      return positions.find(({ asset }) => asset === "coin")?.amount ?? 0n;
    },
  });
}

describe("the trade tracker", () => {
  it("an executed trade is settled and booked once, also on repeated reports of its slot", async () => {
    const world = await openTracker();
    await world.admit();
    expect([...world.tracker.busyPoolsAfter(8).keys()]).toEqual(POOLS);
    world.put(1, { branch: 0 });
    const job = { id: "a", outcome: "executed", profitWei: 5n, gasWei: 300n };
    expect(await world.tracker.advance()).toMatchObject({ jobs: [job] });
    expect((await world.tracker.advance()).jobs).toEqual([]);
    world.put(2, { branch: 0 }, "final");
    expect((await world.tracker.advance()).jobs).toEqual([]);
    expect(await world.risk.state()).toMatchObject({ gasWei: 300n, resultWei: -295n, reserved: new Map() });
    expect(await world.ledger.history("a")).toMatchObject({ outcome: "executed", fills: { length: 2 } });
    expect(await world.coin()).toBe(-300n);
    expect(world.tracker.busyPoolsAfter(8).size).toBe(0);
  });

  it.each(["one process", "another process"])(
    "ARB-23: a reorganisation of the block reverses the settlement, and the next block settles again: %s",
    async (whose) => {
      const world = await openTracker();
      await world.admit();
      world.put(1, { branch: 0 });
      await world.tracker.advance();
      if (whose === "another process") {
        await world.restart();
        expect((await world.tracker.advance()).jobs).toEqual([]);
        expect(await world.risk.state()).toMatchObject({ gasWei: 300n, resultWei: -295n });
        await world.restart();
      }
      world.put(2);
      expect((await world.tracker.advance()).jobs).toMatchObject([{ id: "a", outcome: "undone" }]);
      expect(await world.risk.state()).toMatchObject({ gasWei: 0n, resultWei: 0n, reserved: { size: 1 } });
      expect(await world.coin()).toBe(0n);
      expect((await world.ledger.history("a"))?.outcome).toBe("open");
      world.put(3, { branch: 1 });
      expect((await world.tracker.advance()).jobs).toMatchObject([{ id: "a", outcome: "executed" }]);
      expect(await world.coin()).toBe(-300n);
    },
  );

  it("ARB-20: a trade that its slot has dropped expires, and its risk reservation is released", async () => {
    const world = await openTracker();
    await world.admit();
    world.slot = { nonce: 4, version: 40, state: "sent", attempts: [attempt("b")], inclusion: undefined };
    world.forgotten = "a";
    await world.tracker.advance();
    expect(await world.risk.state()).toMatchObject({ gasWei: 0n, reserved: new Map() });
    expect(world.tracker.busyPoolsAfter(0).size).toBe(0);
  });

  it("a revert costs its gas, counts as a failure, and releases its pools", async () => {
    const world = await openTracker();
    await world.admit();
    world.put(1, { branch: 0, isReverted: true });
    expect((await world.tracker.advance()).jobs).toMatchObject([
      { outcome: "reverted", profitWei: 0n, gasWei: 300n },
    ]);
    expect(await world.risk.state()).toMatchObject({
      failuresInARow: 1,
      resultWei: -300n,
      breaker: undefined,
    });
    expect([...world.tracker.takeFreedPools(8)].sort()).toEqual([...POOLS]);
    expect(await world.ledger.history("a")).toMatchObject({ outcome: "reverted", fills: [] });
  });

  it("books data that the node did not return at the next attempt, once", async () => {
    const world = await openTracker();
    await world.admit();
    world.put(1, { branch: 0 });
    world.failsOnce = "logs";
    const failed = await world.tracker.advance().catch((error: unknown) => error);
    expect(isTrellisError(failed, "NODE_BLOCK_UNKNOWN")).toBe(true);
    expect((await world.risk.state()).reserved.size).toBe(1);
    expect(await world.coin()).toBe(0n);
    expect((await world.tracker.advance()).jobs).toMatchObject([{ outcome: "executed" }]);
    expect(await world.coin()).toBe(-300n);
  });

  it("without the block's state the node compares no books; otherwise every difference is reported", async () => {
    const world = await openTracker();
    await world.admit();
    world.put(1, { branch: 0 });
    world.failsOnce = "balance";
    expect(await world.tracker.advance()).toMatchObject({
      jobs: [{ outcome: "executed" }],
      differences: undefined,
    });
    world.put(2, { branch: 1 });
    const { differences } = await world.tracker.advance();
    expect(differences).toEqual([{ account: owner, asset: TOKEN_0, booked: 5n, onChain: 0n }]);
  });

  it("compares the books at the head until they match the chain, also if all changes are foreign", async () => {
    const { tracker, begin } = await openTracker();
    await begin(0n);
    const [difference] = (await tracker.advance(blockOf(8))).differences!;
    expect(difference).toEqual({ account: EXECUTOR, asset: "coin", booked: 0n, onChain: -300n });
    await begin(-300n);
    expect(await tracker.advance(blockOf(8))).toEqual({ jobs: [], differences: [] });
    expect(await tracker.advance(blockOf(9))).toEqual({ jobs: [], differences: undefined });
  });

  it("ARB-27: compares unchanged books once a minute, for foreign transfers", async () => {
    const world = await openTracker();
    await world.begin(-300n);
    expect((await world.tracker.advance(blockOf(8))).differences).toEqual([]);
    world.topUp = 7n;
    world.nowMs += 59_999;
    expect((await world.tracker.advance(blockOf(9))).differences).toBeUndefined();
    world.nowMs += 1;
    expect((await world.tracker.advance(blockOf(9))).differences).toEqual([
      { account: EXECUTOR, asset: "coin", booked: -300n, onChain: -293n },
    ]);
    await world.begin(-293n);
    expect((await world.tracker.advance(blockOf(9))).differences).toEqual([]);
    world.nowMs += 1;
    expect((await world.tracker.advance(blockOf(9))).differences).toBeUndefined();
  });

  it.each(["one process", "another process"])(
    "ARB-20: an abandoned trade releases its risk reservation; its gas counts if it is included later: %s",
    async (whose) => {
      const world = await openTracker();
      await world.admit();
      const given = { ...attempt("a"), isPassed: true } as const;
      world.put(1);
      world.slot = { ...world.slot!, attempts: [given] };
      const expired = { id: "a", outcome: "expired", profitWei: 0n, gasWei: 0n };
      expect((await world.tracker.advance()).jobs).toEqual([expired]);
      expect((await world.risk.state()).reserved.size).toBe(0);
      expect((await world.ledger.history("a"))?.outcome).toBe("expired");
      if (whose === "another process") await world.restart();
      world.put(2, { branch: 0, isReverted: true });
      world.slot = { ...world.slot!, attempts: [given] };
      expect((await world.tracker.advance()).jobs).toEqual([
        { ...expired, outcome: "undone" },
        { ...expired, outcome: "reverted", gasWei: 300n },
      ]);
      expect(await world.risk.state()).toMatchObject({ gasWei: 300n, failuresInARow: 1 });
      expect([(await world.risk.state()).reserved.size, await world.coin()]).toEqual([0, -300n]);
    },
  );

  it("compares blocks that arrive during a round in the next round", async () => {
    const world = await openTracker();
    await world.admit();
    world.put(1, { branch: 0 });
    expect((await world.tracker.advance(blockOf(7))).jobs).toMatchObject([{ outcome: "executed" }]);
    expect(world.compared).toEqual(new Set());
    await world.tracker.advance(blockOf(9));
    expect(world.compared).toEqual(new Set([blockOf(9).hash]));
  });

  it("follows a trade that another process admitted until its end", async () => {
    const world = await openTracker();
    await world.risk.admit(request);
    world.put(1);
    await world.tracker.recover();
    expect((await world.tracker.advance()).jobs).toEqual([]);
    expect(world.tracker.busyPoolsAfter(8).get(POOLS[0])).toBe("a");
    world.put(2, { branch: 0 });
    expect((await world.tracker.advance()).jobs).toMatchObject([{ id: "a", outcome: "executed" }]);
  });

  it("a slot whose trade left the ledger with its month blocks nothing", async () => {
    const world = await openTracker();
    world.put(1);
    world.slot = { ...world.slot!, attempts: [attempt("dropped"), attempt("a", hashOf(501))] };
    await world.tracker.recover();
    expect((await world.tracker.advance()).jobs).toEqual([]);
    expect((await world.ledger.history("a"))?.outcome).toBe("open");
  });

  it("ARB-23: also reverses a settlement of another worker that has stopped", async () => {
    const world = await openTracker();
    const { tracker } = world;
    expect((await tracker.advance()).jobs).toEqual([]);
    await world.restart();
    await world.admit();
    world.put(1, { branch: 0 });
    await world.tracker.advance();
    world.put(2);
    expect((await tracker.advance()).jobs).toMatchObject([{ id: "a", outcome: "undone" }]);
    expect(await world.risk.state()).toMatchObject({
      gasWei: 0n,
      resultWei: 0n,
      chainWei: 0n,
      reserved: { size: 1 },
    });
  });

  it("a trade that was not submitted before its last block costs nothing", async () => {
    const world = await openTracker();
    await world.risk.admit(request);
    await world.tracker.advance();
    expect([...world.tracker.takeFreedPools(9)]).toEqual(POOLS);
    await world.tracker.advance();
    expect((await world.risk.state()).reserved.size).toBe(1);
    world.tracker.takeFreedPools(10);
    await world.tracker.advance();
    expect(await world.risk.state()).toMatchObject({ reserved: { size: 0 }, gasWei: 0n, failuresInARow: 0 });
  });

  it.each(["one process", "another process", "two processes"])(
    "ARB-23: the outcome on another branch replaces the first, once, even if no round saw the change: %s",
    async (whose) => {
      const world = await openTracker();
      const { tracker } = world;
      await world.admit();
      world.put(1, { branch: 0 });
      await world.tracker.advance();
      if (whose !== "one process") await world.restart();
      world.put(3, { branch: 1, isReverted: true });
      const updates = [
        { id: "a", outcome: "undone", profitWei: 5n, gasWei: 300n },
        { id: "a", outcome: "reverted", profitWei: 0n, gasWei: 300n },
      ];
      expect((await world.tracker.advance()).jobs).toEqual(updates);
      if (whose === "two processes") expect((await tracker.advance()).jobs).toEqual(updates);
      const counted = { chainWei: 0n, gasWei: 300n, resultWei: -300n, reserved: { size: 0 } };
      expect(await world.risk.state()).toMatchObject({ ...counted, failuresInARow: 1, settled: { size: 1 } });
      world.put(4, { branch: 1, isReverted: true }, "final");
      await world.tracker.advance();
      expect(await world.risk.state()).toMatchObject({ ...counted, failuresInARow: 1, settled: { size: 0 } });
      expect([(await world.ledger.history("a"))?.outcome, await world.coin()]).toEqual(["reverted", -300n]);
    },
  );

  it.each([undefined, true] as const)(
    "ARB-23: the gas of a cancelling transaction counts, and is reversed with its block; given up before: %s",
    async (isPassed) => {
      const world = await openTracker();
      await world.admit();
      const lost = { ...attempt("a", hashOf(501)), ...(isPassed && { isPassed }) };
      const filled = (version: number, branch?: number): void => {
        world.put(version, branch === undefined ? undefined : { branch });
        world.slot = { ...world.slot!, attempts: [lost, attempt(undefined)] };
      };
      filled(1);
      await world.tracker.advance();
      expect((await world.risk.state()).reserved.size).toBe(isPassed ? 0 : 1);
      filled(2, 0);
      const expired = { id: "a", outcome: "expired", profitWei: 0n, gasWei: 300n };
      expect((await world.tracker.advance()).jobs).toContainEqual(expired);
      const cost = { gasWei: 300n, resultWei: -300n, chainWei: 0n, failuresInARow: 0, reserved: { size: 0 } };
      expect(await world.risk.state()).toMatchObject(cost);
      expect(await world.coin()).toBe(-300n);
      filled(3);
      expect((await world.tracker.advance()).jobs).toContainEqual({ ...expired, outcome: "undone" });
      expect(await world.risk.state()).toMatchObject({ gasWei: 0n, resultWei: 0n });
      expect(await world.coin()).toBe(0n);
    },
  );

  it("an unsent trade reserves nothing, and a slot without a trade costs only its gas", async () => {
    const world = await openTracker();
    await world.admit();
    await world.tracker.drop("a");
    expect((await world.risk.state()).reserved.size).toBe(0);
    world.put(1, { branch: 0 });
    world.slot = { ...world.slot!, attempts: [attempt(undefined)] };
    expect((await world.tracker.advance()).jobs).toEqual([]);
    expect(await world.coin()).toBe(-300n);
    expect((await world.risk.state()).gasWei).toBe(0n);
  });
});
