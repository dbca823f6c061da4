import { isTrellisError, runSteps } from "@trellis/base";
import { type Address, EMPTY_TRIE_ROOT, type SignedBy } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { DEFAULT_MEMPOOL_LIMITS } from "./limits.ts";
import {
  ALICE,
  BOB,
  CAROL,
  chainBlock,
  createFunded,
  createTestPool,
  fund,
  LOCAL,
  noncesOf,
  REMOTE,
  RICH,
  summary,
  type TestPool,
  testAddress,
  transfer,
} from "./testing/testPool.ts";

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isTrellisError(error)) return error.code;
    throw error;
  }
  return "none";
}

function refusal({ pool, events }: TestPool, signed: SignedBy, options = REMOTE) {
  const before = { content: pool.content(), count: pool.status().pending, events: events.length };
  try {
    pool.add(signed, options);
  } catch (error) {
    expect({ content: pool.content(), count: pool.status().pending, events: events.length }).toEqual(before);
    if (isTrellisError(error)) return { code: error.code, ...error.facts };
    throw error;
  }
  return { code: "none" };
}

describe("add refuses", () => {
  it("ALREADY_KNOWN", () => {
    const test = createFunded();
    const signed = transfer({ sender: ALICE, nonce: 0 });
    test.pool.add(signed, REMOTE);
    expect(refusal(test, signed).code).toBe("ALREADY_KNOWN");
  });

  it("NONCE_TOO_LOW", () => {
    const test = createFunded();
    fund(test.world, ALICE, RICH, 4n);
    expect(refusal(test, transfer({ sender: ALICE, nonce: 3 }))).toMatchObject({
      code: "NONCE_TOO_LOW",
      nonce: 3n,
      accountNonce: 4n,
    });
  });

  it("NONCE_TOO_FAR", () => {
    const test = createFunded({ senderCountMax: 50, nonceAheadMax: 50 });
    fund(test.world, ALICE, RICH, 4n);
    test.pool.add(transfer({ sender: ALICE, nonce: 54 }), REMOTE);
    expect(refusal(test, transfer({ sender: ALICE, nonce: 55 }))).toMatchObject({
      code: "NONCE_TOO_FAR",
      nonceMax: 54n,
    });
  });

  it("REPLACEMENT_UNDERPRICED", () => {
    const test = createFunded();
    test.pool.add(transfer({ sender: ALICE, nonce: 0, tip: 11, cap: 1001 }), REMOTE);
    const replace = (tip: number, cap: number) =>
      refusal(test, transfer({ sender: ALICE, nonce: 0, tip, cap }));
    expect(replace(12, 1102)).toMatchObject({
      code: "REPLACEMENT_UNDERPRICED",
      tipRequired: 13n,
      feeRequired: 1102n,
    });
    expect(replace(13, 1101).code).toBe("REPLACEMENT_UNDERPRICED");
    expect(replace(13, 1102).code).toBe("none");
  });

  it("REPLACEMENT_UNDERPRICED also for equal fees of zero", () => {
    const test = createFunded();
    test.pool.add(transfer({ sender: ALICE, nonce: 0, tip: 0, cap: 100 }), LOCAL);
    expect(refusal(test, transfer({ sender: ALICE, nonce: 0, tip: 0, cap: 200 }), LOCAL).code).toBe(
      "REPLACEMENT_UNDERPRICED",
    );
    expect(refusal(test, transfer({ sender: ALICE, nonce: 0, tip: 1, cap: 110 }), LOCAL).code).toBe("none");
  });

  it("FUNDS_INSUFFICIENT for all of the sender's pending transactions", () => {
    const test = createFunded();
    fund(test.world, ALICE, 50_000_000n);
    test.pool.add(transfer({ sender: ALICE, nonce: 0, cap: 1_000, value: 9n }), REMOTE);
    test.pool.add(transfer({ sender: ALICE, nonce: 1, cap: 1_000 }), REMOTE);
    expect(refusal(test, transfer({ sender: ALICE, nonce: 2, cap: 1_000 }))).toMatchObject({
      code: "FUNDS_INSUFFICIENT",
      balance: 50_000_000n,
      cost: 21_000_000n,
      pendingCost: 42_000_009n,
      missing: 13_000_009n,
    });
    expect(refusal(test, transfer({ sender: ALICE, nonce: 1, tip: 6, cap: 1_100 })).code).toBe("none");
  });

  it("FUNDS_INSUFFICIENT for an account that does not exist", () => {
    expect(refusal(createTestPool(), transfer({ sender: ALICE, nonce: 0 })).code).toBe("FUNDS_INSUFFICIENT");
  });

  it("FEE_CAP_BELOW_FLOOR", () => {
    const test = createFunded({ tipFloorWei: 5n });
    expect(refusal(test, transfer({ sender: ALICE, nonce: 0, tip: 5, cap: 11 }))).toMatchObject({
      code: "FEE_CAP_BELOW_FLOOR",
      maxFeePerGas: 11n,
      baseFee: test.world.baseFee,
      feeCapMin: 7n,
      floor: 5n,
    });
    expect(refusal(test, transfer({ sender: ALICE, nonce: 0, tip: 0, cap: 6 }), LOCAL).code).toBe(
      "FEE_CAP_BELOW_FLOOR",
    );
    expect(refusal(test, transfer({ sender: ALICE, nonce: 0, tip: 5, cap: 12 })).code).toBe("none");
  });

  it("FEE_CAP_BELOW_FLOOR follows governance", () => {
    const test = createFunded({ tipFloorWei: 5n });
    test.world.feeCapMin = 20n;
    expect(refusal(test, transfer({ sender: ALICE, nonce: 0, tip: 5, cap: 12 })).code).toBe("none");
    test.pool.onChain({ removed: [], added: [] });
    expect(refusal(test, transfer({ sender: ALICE, nonce: 1, tip: 5, cap: 24 }))).toMatchObject({
      code: "FEE_CAP_BELOW_FLOOR",
      feeCapMin: 20n,
    });
    expect(refusal(test, transfer({ sender: ALICE, nonce: 1, tip: 5, cap: 25 })).code).toBe("none");
  });

  it("TIP_BELOW_FLOOR, with local transactions exempt", () => {
    const test = createFunded({ tipFloorWei: 5n });
    const cheap = transfer({ sender: ALICE, nonce: 0, tip: 4 });
    expect(refusal(test, cheap)).toMatchObject({ code: "TIP_BELOW_FLOOR", floor: 5n });
    expect(refusal(test, cheap, LOCAL).code).toBe("none");
  });

  it("lower limits of a running pool drop what exceeds them, and apply to what comes", () => {
    const test = createFunded();
    const { pool, events } = test;
    const limits = { ...DEFAULT_MEMPOOL_LIMITS, senderQueuedMax: 2 };
    for (const nonce of [0, 1, 2]) pool.add(transfer({ sender: ALICE, nonce, tip: 9 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 4 }), REMOTE);
    pool.changeLimits({ ...limits, countMax: 2, senderCountMax: 2, tipFloorWei: 5n });
    expect(summary(events).slice(4)).toEqual(["dropped 2 SENDER_LIMIT_REACHED", "dropped 0 EVICTED"]);
    const cheap = transfer({ sender: CAROL, nonce: 0, tip: 4 });
    expect(refusal(test, cheap).code).toBe("TIP_BELOW_FLOOR");
    pool.changeLimits({ ...limits, countMax: 9, senderCountMax: 9, tipFloorWei: 1n });
    expect(refusal(test, cheap).code).toBe("none");
    expect(() => pool.changeLimits({ ...limits, countMax: 0 })).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
  });

  it("SENDER_LIMIT_REACHED by count, by bytes and by queued", () => {
    const count = createFunded({ senderCountMax: 3, senderQueuedMax: 3 });
    for (const nonce of [0, 1, 2]) count.pool.add(transfer({ sender: ALICE, nonce }), REMOTE);
    expect(refusal(count, transfer({ sender: ALICE, nonce: 3 }))).toMatchObject({
      code: "SENDER_LIMIT_REACHED",
      limit: "senderCountMax",
    });
    expect(refusal(count, transfer({ sender: ALICE, nonce: 2, tip: 6, cap: 1_100 })).code).toBe("none");
    expect(refusal(count, transfer({ sender: BOB, nonce: 0 })).code).toBe("none");

    const bytes = createFunded({ senderBytesMax: 500 });
    bytes.pool.add(transfer({ sender: ALICE, nonce: 0, bytes: 400 }), REMOTE);
    expect(refusal(bytes, transfer({ sender: ALICE, nonce: 1, bytes: 101 }))).toMatchObject({
      code: "SENDER_LIMIT_REACHED",
      limit: "senderBytesMax",
      got: 501,
    });
    expect(refusal(bytes, transfer({ sender: ALICE, nonce: 1, bytes: 100 })).code).toBe("none");

    const queued = createFunded({ senderQueuedMax: 1 });
    queued.pool.add(transfer({ sender: ALICE, nonce: 5 }), REMOTE);
    expect(refusal(queued, transfer({ sender: ALICE, nonce: 7 }))).toMatchObject({
      code: "SENDER_LIMIT_REACHED",
      limit: "senderQueuedMax",
    });
    expect(refusal(queued, transfer({ sender: ALICE, nonce: 0 })).code).toBe("none");
  });

  it("SENDER_HAS_CODE", () => {
    const test = createFunded();
    test.world.accounts.set(ALICE, { nonce: 1n, balance: RICH, codeHash: EMPTY_TRIE_ROOT });
    expect(refusal(test, transfer({ sender: ALICE, nonce: 1 })).code).toBe("SENDER_HAS_CODE");
  });

  it("KEY_NOT_VALID", () => {
    const test = createFunded();
    test.world.retiredKeys.add(ALICE);
    expect(refusal(test, transfer({ sender: ALICE, nonce: 0 })).code).toBe("KEY_NOT_VALID");
  });

  it("POOL_FULL", () => {
    const test = createFunded({ countMax: 2, senderCountMax: 2, senderQueuedMax: 2 });
    test.pool.add(transfer({ sender: ALICE, nonce: 0, tip: 20 }), REMOTE);
    test.pool.add(transfer({ sender: BOB, nonce: 0, tip: 30 }), REMOTE);
    expect(refusal(test, transfer({ sender: CAROL, nonce: 0, tip: 20 }))).toMatchObject({
      code: "POOL_FULL",
      count: 2,
      countMax: 2,
      tip: 20n,
      floor: 22n,
    });
    // Alice's second transaction cannot evict the first one, which it needs.
    expect(refusal(test, transfer({ sender: ALICE, nonce: 1, tip: 29 })).code).toBe("POOL_FULL");
    expect(refusal(test, transfer({ sender: CAROL, nonce: 1, tip: 900 })).code).toBe("POOL_FULL");
  });

  it("POOL_FULL when too little can be freed for a large transaction, and evicts nothing", () => {
    const test = createFunded({ bytesMax: 1_000, senderBytesMax: 1_000 });
    test.pool.add(transfer({ sender: ALICE, nonce: 0, tip: 20, bytes: 300 }), REMOTE);
    test.pool.add(transfer({ sender: BOB, nonce: 0, tip: 90, bytes: 500 }), REMOTE);
    expect(refusal(test, transfer({ sender: CAROL, nonce: 0, tip: 50, bytes: 501 })).code).toBe("POOL_FULL");
    expect(refusal(test, transfer({ sender: CAROL, nonce: 0, tip: 50, bytes: 500 })).code).toBe("none");
    expect(test.pool.status()).toMatchObject({ pending: 2, bytes: 1_000 });
  });
});

describe("pending and queued", () => {
  it("filling a gap makes the rest executable", () => {
    const { pool } = createFunded();
    for (const nonce of [0, 3, 2]) pool.add(transfer({ sender: ALICE, nonce }), REMOTE);
    expect(noncesOf(pool.contentFrom(ALICE).pending)).toEqual([0n]);
    expect(noncesOf(pool.contentFrom(ALICE).queued)).toEqual([2n, 3n]);
    expect(pool.nextNonce(ALICE)).toBe(1n);
    pool.add(transfer({ sender: ALICE, nonce: 1 }), REMOTE);
    expect(noncesOf(pool.contentFrom(ALICE).pending)).toEqual([0n, 1n, 2n, 3n]);
    expect(pool.status()).toEqual({ pending: 4, queued: 0, bytes: 440, floorWei: 1n });
    expect(pool.nextNonce(ALICE)).toBe(4n);
  });

  it("nextNonce of a sender without transactions is the account's nonce", () => {
    const { pool, world } = createFunded();
    fund(world, ALICE, RICH, 9n);
    expect([pool.nextNonce(ALICE), pool.nextNonce(testAddress(99))]).toEqual([9n, 0n]);
  });

  it("a run without sufficient balance is queued from there, and returns with the funds", () => {
    const { pool, world } = createFunded();
    for (const nonce of [0, 1, 2]) pool.add(transfer({ sender: ALICE, nonce, cap: 1_000 }), REMOTE);
    fund(world, ALICE, 42_000_000n);
    pool.onChain({ removed: [], added: [chainBlock([], { miner: ALICE })] });
    expect(noncesOf(pool.contentFrom(ALICE).queued)).toEqual([2n]);
    fund(world, ALICE, RICH);
    pool.onChain({ removed: [], added: [chainBlock([transfer({ sender: BOB, nonce: 0, to: ALICE })])] });
    expect(noncesOf(pool.contentFrom(ALICE).pending)).toEqual([0n, 1n, 2n]);
  });

  it("finds funds that no block reported in the next check of queued transactions", () => {
    const { pool, world } = createFunded();
    pool.add(transfer({ sender: ALICE, nonce: 0 }), REMOTE);
    fund(world, ALICE, 0n);
    pool.onChain({ removed: [], added: [chainBlock([], { miner: ALICE })] });
    expect(pool.status()).toMatchObject({ pending: 0, queued: 1 });
    fund(world, ALICE, RICH);
    runSteps(pool.expire());
    expect(pool.status()).toMatchObject({ pending: 1, queued: 0 });
  });

  it("EXPIRED: queued transactions expire, pending ones do not", () => {
    const { pool, world, events } = createFunded({ queuedLifetimeMs: 1_000 });
    pool.add(transfer({ sender: ALICE, nonce: 0 }), REMOTE);
    pool.add(transfer({ sender: ALICE, nonce: 2 }), REMOTE);
    world.nowMs += 600;
    pool.add(transfer({ sender: ALICE, nonce: 4 }), LOCAL);
    world.nowMs += 400;
    runSteps(pool.expire());
    expect(pool.status().queued).toBe(2);
    world.nowMs += 1;
    runSteps(pool.expire());
    expect(noncesOf(pool.contentFrom(ALICE).pending)).toEqual([0n]);
    expect(noncesOf(pool.contentFrom(ALICE).queued)).toEqual([4n]);
    expect(summary(events).at(-1)).toBe("dropped 2 EXPIRED");
  });

  it("processes one sender between two pauses, and is usable in each pause", () => {
    const { pool, world } = createFunded({ queuedLifetimeMs: 1_000 });
    pool.add(transfer({ sender: ALICE, nonce: 2 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 2 }), REMOTE);
    world.nowMs += 1_001;
    const steps = pool.expire();
    expect(steps.next().done).toBe(false);
    expect(pool.status().queued).toBe(1);
    pool.add(transfer({ sender: ALICE, nonce: 1 }), REMOTE);
    runSteps(steps);
    expect(noncesOf(pool.contentFrom(ALICE).queued)).toEqual([1n]);
    expect(noncesOf(pool.contentFrom(BOB).queued)).toEqual([]);
  });
});

describe("eviction", () => {
  it("evicts queued before pending, then the cheapest tail, and never breaks a run", () => {
    const { pool, events } = createFunded({ countMax: 5, senderCountMax: 5, senderQueuedMax: 5 });
    pool.add(transfer({ sender: ALICE, nonce: 0, tip: 10 }), REMOTE);
    pool.add(transfer({ sender: ALICE, nonce: 1, tip: 50 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 20 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 5, tip: 900 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 6, tip: 800 }), REMOTE);
    events.length = 0;
    for (const nonce of [0, 1, 2, 3]) pool.add(transfer({ sender: CAROL, nonce, tip: 60 }), REMOTE);
    expect(
      events
        .filter((event) => event.kind === "dropped")
        .map(({ transaction }) => [transaction.sender, Number(transaction.transaction.nonce)]),
    ).toEqual([
      [BOB, 6],
      [BOB, 5],
      [BOB, 0],
      [ALICE, 1],
    ]);
  });

  it("evicts local transactions last, and lets them displace others at any price", () => {
    const { pool } = createFunded({ countMax: 2, senderCountMax: 2, senderQueuedMax: 2 });
    const local = transfer({ sender: ALICE, nonce: 0, tip: 0 });
    pool.add(local, LOCAL);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 30 }), REMOTE);
    pool.add(transfer({ sender: CAROL, nonce: 0, tip: 40 }), REMOTE);
    expect(pool.get(local.transaction.hash)).toBeDefined();
    expect(pool.contentFrom(BOB).pending).toEqual([]);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 0 }), LOCAL);
    expect(pool.contentFrom(CAROL).pending).toEqual([]);
    expect(codeOf(() => pool.add(transfer({ sender: CAROL, nonce: 0, tip: 900 }), REMOTE))).toBe("POOL_FULL");
  });

  it("raises the floor above an evicted price; the floor falls again", () => {
    const { pool, world } = createFunded({
      countMax: 2,
      senderCountMax: 2,
      senderQueuedMax: 2,
      floorHalfLifeMs: 1_000,
    });
    pool.add(transfer({ sender: ALICE, nonce: 0, tip: 100 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 200 }), REMOTE);
    pool.add(transfer({ sender: CAROL, nonce: 0, tip: 150 }), REMOTE);
    expect(pool.status().floorWei).toBe(110n);
    expect(codeOf(() => pool.add(transfer({ sender: ALICE, nonce: 0, tip: 109 }), REMOTE))).toBe(
      "TIP_BELOW_FLOOR",
    );
    world.nowMs += 1_000;
    expect(pool.status().floorWei).toBe(55n);
    world.nowMs += 1_000_000;
    expect(pool.status().floorWei).toBe(1n);
  });

  it("follows the base fee: a transaction limited by its fee cap becomes the cheapest", () => {
    const { pool, world } = createFunded({ countMax: 2, senderCountMax: 2, senderQueuedMax: 2 });
    pool.add(transfer({ sender: ALICE, nonce: 0, tip: 500, cap: 520 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 100, cap: 9_000 }), REMOTE);
    world.baseFee = 500n;
    pool.onChain({ removed: [], added: [] });
    pool.add(transfer({ sender: CAROL, nonce: 0, tip: 50, cap: 9_000 }), REMOTE);
    expect(pool.contentFrom(ALICE).pending).toEqual([]);
  });
});

describe("select", () => {
  const all = { baseFee: 10n, gasMax: 30_000_000n, bytesMax: 1_000_000, countMax: 1_000 };

  it("orders by effective tip, by nonce within a sender, by age at equal tip", () => {
    const { pool } = createFunded();
    pool.add(transfer({ sender: ALICE, nonce: 0, tip: 10 }), REMOTE);
    pool.add(transfer({ sender: ALICE, nonce: 1, tip: 90 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 20 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 1, tip: 10 }), REMOTE);
    pool.add(transfer({ sender: CAROL, nonce: 1, tip: 99 }), REMOTE);
    expect(
      pool.select(all).map(({ sender, transaction }) => [sender, Number(transaction.maxPriorityFeePerGas)]),
    ).toEqual([
      [BOB, 20],
      [ALICE, 10],
      [ALICE, 90],
      [BOB, 10],
    ]);
    expect(pool.status().pending).toBe(4);
  });

  it("POOL-6: at equal tip senders alternate, however many transactions one has pending", () => {
    const { pool } = createFunded();
    const add = (sender: Address, count: number): void => {
      for (let nonce = 0; nonce < count; nonce++) pool.add(transfer({ sender, nonce, tip: 10 }), REMOTE);
    };
    add(ALICE, 9);
    add(BOB, 5);
    add(CAROL, 2);
    expect(pool.select(all).map(({ sender }) => sender)).toEqual([
      ...[ALICE, ALICE, ALICE, ALICE, BOB, BOB, BOB, BOB, CAROL, CAROL],
      ...[ALICE, ALICE, ALICE, ALICE, BOB],
      ALICE,
    ]);
  });

  it("respects gas, bytes and count; drops the rest of a sender that does not fit", () => {
    const { pool } = createFunded();
    pool.add(transfer({ sender: ALICE, nonce: 0, tip: 50, gasLimit: 100_000n }), REMOTE);
    pool.add(transfer({ sender: ALICE, nonce: 1, tip: 50, bytes: 20 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 20, bytes: 300 }), REMOTE);
    pool.add(transfer({ sender: CAROL, nonce: 0, tip: 10, bytes: 20 }), REMOTE);
    const senders = (limits: object) => pool.select({ ...all, ...limits }).map(({ sender }) => sender);
    expect(senders({ gasMax: 99_999n })).toEqual([BOB, CAROL]);
    expect(senders({ gasMax: 121_000n })).toEqual([ALICE, ALICE]);
    expect(senders({ bytesMax: 200 })).toEqual([ALICE, ALICE, CAROL]);
    expect(senders({ countMax: 2 })).toEqual([ALICE, ALICE]);
    expect(senders({ countMax: 0 })).toEqual([]);
  });

  it("leaves out transactions with a fee cap below the base fee, and those behind them", () => {
    const { pool } = createFunded();
    pool.add(transfer({ sender: ALICE, nonce: 0, tip: 5, cap: 99 }), REMOTE);
    pool.add(transfer({ sender: ALICE, nonce: 1, tip: 5, cap: 900 }), REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 1, cap: 100 }), REMOTE);
    expect(pool.select({ ...all, baseFee: 100n }).map(({ sender }) => sender)).toEqual([BOB]);
    expect(pool.select({ ...all, baseFee: 99n })).toHaveLength(3);
  });

  it("POOL-18: leaves out avoided transactions and those behind them", () => {
    const { pool } = createFunded();
    const [first, second] = [0, 1].map((nonce) => transfer({ sender: ALICE, nonce }));
    for (const signed of [first!, second!, transfer({ sender: BOB, nonce: 0 })]) pool.add(signed, REMOTE);
    pool.avoid([first!.transaction.hash]);
    expect(pool.select(all).map(({ sender }) => sender)).toEqual([BOB]);
    expect(pool.status().pending).toBe(3);
  });

  it("skips transactions of merged blocks, and continues behind them", () => {
    const { pool } = createFunded();
    const first = transfer({ sender: ALICE, nonce: 0 });
    pool.add(first, REMOTE);
    pool.add(transfer({ sender: ALICE, nonce: 1 }), REMOTE);
    const carried = new Set([first.transaction.hash]);
    expect(noncesOf(pool.select({ ...all, gasMax: 21_000n, carried }))).toEqual([1n]);
  });

  it("stops at a nearly full block after a bounded number of misfits", () => {
    const { pool, world } = createTestPool({ countMax: 400 });
    for (let index = 1; index <= 300; index += 1) {
      fund(world, testAddress(index), RICH);
      const isLast = index === 300;
      pool.add(
        transfer({
          sender: testAddress(index),
          nonce: 0,
          tip: isLast ? 5 : 9,
          gasLimit: isLast || index === 1 ? 21_000n : 50_000n,
        }),
        REMOTE,
      );
    }
    expect(pool.select({ ...all, gasMax: 60_000n })).toHaveLength(1);
    expect(pool.select({ ...all, gasMax: 45_000n })).toHaveLength(2);
  });
});

describe("events", () => {
  it("report a replacement before the addition", () => {
    const { pool, events } = createFunded();
    const first = transfer({ sender: ALICE, nonce: 0, tip: 5 });
    const second = transfer({ sender: ALICE, nonce: 0, tip: 6, cap: 1_100 });
    pool.add(first, REMOTE);
    pool.add(second, REMOTE);
    expect(events.map(({ kind, transaction }) => [kind, transaction.transaction.hash])).toEqual([
      ["added", first.transaction.hash],
      ["replaced", first.transaction.hash],
      ["added", second.transaction.hash],
    ]);
    expect(events[1]).toMatchObject({ by: second.transaction.hash });
    expect(pool.get(first.transaction.hash)).toBeUndefined();
  });

  it("keep their order when a listener adds, and continue when one throws", () => {
    const { pool, events, logged } = createFunded();
    const seen: string[] = [];
    const stop = pool.subscribe((event) => {
      if (event.transaction.sender === ALICE) pool.add(transfer({ sender: BOB, nonce: 0 }), REMOTE);
      throw new Error("listener");
    });
    pool.subscribe((event) => seen.push(event.transaction.sender));
    pool.add(transfer({ sender: ALICE, nonce: 0 }), REMOTE);
    expect(seen).toEqual([ALICE, BOB]);
    expect(events).toHaveLength(2);
    expect(logged.map(({ event }) => event)).toEqual(["listener.failed", "listener.failed"]);
    stop();
    pool.add(transfer({ sender: CAROL, nonce: 0 }), REMOTE);
    expect(logged).toHaveLength(2);
  });
});
