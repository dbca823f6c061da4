import { isTrellisError, runSteps } from "@trellis/base";
import type { Hash, PoolEvent, SignedBy } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DROP_REASONS } from "./Announcer.ts";
import type { Mempool } from "./createMempool.ts";
import { mempoolErrors } from "./errors.ts";
import type { ChainChange } from "./followChain.ts";
import type { MempoolLimits } from "./limits.ts";
import { NaivePool } from "./testing/NaivePool.ts";
import { TestChain } from "./testing/TestChain.ts";
import { createTestPool, fund, TEST_LIMITS, testAddress, transfer, type World } from "./testing/testPool.ts";

const SENDERS = [1, 2, 3, 4].map(testAddress);

const TIGHT: MempoolLimits = {
  ...TEST_LIMITS,
  countMax: 9,
  bytesMax: 1_100,
  senderCountMax: 5,
  senderBytesMax: 700,
  senderQueuedMax: 2,
  nonceAheadMax: 6,
  queuedLifetimeMs: 100,
  floorHalfLifeMs: 20,
};

const ROOMY_LIMITS: MempoolLimits = {
  ...TIGHT,
  countMax: 1_000,
  bytesMax: 10 ** 6,
  senderCountMax: 7,
  senderBytesMax: 10 ** 5,
  senderQueuedMax: 7,
};

const sender = fc.integer({ min: 0, max: SENDERS.length - 1 });
const addition = fc.record({
  kind: fc.constant("add" as const),
  sender,
  /** Distance above the account's nonce; null: the next nonce. */
  ahead: fc.oneof(fc.constant(null), fc.integer({ min: -1, max: 7 })),
  tip: fc.integer({ min: 0, max: 60 }),
  slack: fc.integer({ min: 0, max: 120 }),
  value: fc.integer({ min: 0, max: 3_000_000 }),
  to: sender,
  gasLimit: fc.constantFrom(21_000n, 40_000n),
  bytes: fc.integer({ min: 90, max: 300 }),
  isLocal: fc.integer({ min: 0, max: 3 }).map((die) => die === 0),
});

const operation = fc.oneof(
  { weight: 12, arbitrary: addition },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("advance" as const),
      countMax: fc.integer({ min: 0, max: 5 }),
      foreign: fc.option(sender, { freq: 3 }),
      baseFee: fc.integer({ min: 7, max: 80 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("reorganise" as const),
      depth: fc.integer({ min: 0, max: 4 }),
      keep: fc.integer({ min: 0, max: 5 }),
      foreign: fc.option(sender),
      baseFee: fc.integer({ min: 7, max: 80 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("pay" as const),
      sender,
      balance: fc.integer({ min: 0, max: 20_000_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rotate" as const), sender }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("withdraw" as const),
      which: fc.array(fc.nat(20), { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 80 }) }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

const ROOMY = { gasMax: 10n ** 9n, bytesMax: 10 ** 9, countMax: 10 ** 9 };

class Bench {
  readonly limits: MempoolLimits;
  readonly world: World;
  readonly pool: Mempool;
  readonly naive: NaivePool;
  readonly chain: TestChain;
  readonly seen: Set<string>;
  readonly #events: PoolEvent[];
  readonly #mirror = new Set<Hash>();

  constructor(limits: MempoolLimits, seen = new Set<string>()) {
    this.seen = seen;
    const { pool, world, events } = createTestPool(limits);
    this.limits = limits;
    this.pool = pool;
    this.world = world;
    this.#events = events;
    this.naive = new NaivePool(limits, world);
    this.chain = new TestChain(world);
    for (const address of SENDERS) fund(world, address, 20_000_000n, 3n);
  }

  run(op: Operation): void {
    if (op.kind === "add") this.#add(op);
    else if (op.kind === "wait") {
      this.world.nowMs += op.ms;
      runSteps(this.pool.expire());
      this.naive.expire();
    } else if (op.kind === "withdraw") {
      const pooled = this.naive.entries.map(({ signed }) => hashOf(signed)).sort();
      const chosen = new Set(op.which.flatMap((index) => pooled[index] ?? []));
      expect(this.pool.drop(chosen)).toBe(chosen.size);
      this.naive.drop(chosen);
    } else {
      const change = this.#moveChain(op);
      this.naive.onChain(change.removed, change.added);
      this.pool.onChain(change);
    }
  }

  #moveChain(op: Exclude<Operation, { kind: "add" | "wait" | "withdraw" }>): ChainChange {
    switch (op.kind) {
      case "advance": {
        const { world } = this;
        world.baseFee = BigInt(op.baseFee);
        const chosen = this.pool.select({ ...ROOMY, countMax: op.countMax, baseFee: world.baseFee });
        return { removed: [], added: [this.chain.extend([...chosen, ...this.#foreign(op.foreign)])] };
      }
      case "reorganise": {
        this.world.baseFee = BigInt(op.baseFee);
        const removed = this.chain.retract(op.depth);
        const again = removed.toReversed().flatMap((block) => block.transactions);
        const foreign = this.chain.extend(this.#foreign(op.foreign));
        return { removed, added: [foreign, this.chain.extend(again.slice(0, op.keep))] };
      }
      case "pay": {
        const address = SENDERS[op.sender]!;
        const pay = () => {
          fund(this.world, address, BigInt(op.balance), this.world.accounts.get(address)!.nonce);
        };
        return { removed: [], added: [this.chain.extend([], address, pay)] };
      }
      case "rotate": {
        const address = SENDERS[op.sender]!;
        const rotate = () => {
          this.world.retiredKeys.add(address);
        };
        return { removed: [], added: [this.chain.extend([], address, rotate)] };
      }
    }
  }

  #add(op: Extract<Operation, { kind: "add" }>): void {
    const address = SENDERS[op.sender]!;
    const nonce =
      op.ahead === null
        ? this.pool.nextNonce(address)
        : this.world.accounts.get(address)!.nonce + BigInt(op.ahead);
    const signed = transfer({
      ...op,
      sender: address,
      nonce,
      to: SENDERS[op.to]!,
      cap: op.tip + op.slack,
      value: BigInt(op.value),
    });
    const expected = this.naive.add(signed, op.isLocal, this.pool.status().floorWei);
    let code = "none";
    try {
      this.pool.add(signed, { isLocal: op.isLocal });
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      code = error.code;
    }
    expect(code).toBe(expected);
    this.seen.add(code);
  }

  #foreign(index: number | null): SignedBy[] {
    if (index === null) return [];
    const address = SENDERS[index]!;
    return [transfer({ sender: address, nonce: this.world.accounts.get(address)!.nonce, cap: 200 })];
  }

  check(): void {
    this.#checkContent();
    this.#checkTotals();
    this.#checkSenders();
    this.#checkSelection();
    this.#checkEvents();
  }

  #checkContent(): void {
    for (const address of SENDERS) {
      const { pending, queued } = this.pool.contentFrom(address);
      const expected = this.naive.partition(address);
      expect(pending.map(hashOf)).toEqual(expected.pending.map(({ signed }) => hashOf(signed)));
      expect(queued.map(hashOf)).toEqual(expected.queued.map(({ signed }) => hashOf(signed)));
    }
  }

  #checkTotals(): void {
    const { pending, queued } = this.pool.content();
    const runs = [...pending.values()].flat();
    const waiting = [...queued.values()].flat();
    const bytes = [...runs, ...waiting].reduce((sum, { transaction }) => sum + transaction.encoded.length, 0);
    expect(this.pool.status()).toMatchObject({ pending: runs.length, queued: waiting.length, bytes });
    expect(runs.length + waiting.length).toBeLessThanOrEqual(this.limits.countMax);
    expect(bytes).toBeLessThanOrEqual(this.limits.bytesMax);
  }

  #checkSenders(): void {
    for (const address of SENDERS) {
      const { nonce, balance } = this.world.accounts.get(address)!;
      const { pending, queued } = this.pool.contentFrom(address);
      const all = [...pending, ...queued];
      expect(pending.map(({ transaction }) => transaction.nonce)).toEqual(
        pending.map((_, index) => nonce + BigInt(index)),
      );
      expect(this.pool.nextNonce(address)).toBe(nonce + BigInt(pending.length));
      const cost = pending.reduce(
        (sum, { transaction: tx }) => sum + tx.gasLimit * tx.maxFeePerGas + tx.value,
        0n,
      );
      expect(cost <= balance).toBe(true);
      expect(all.length).toBeLessThanOrEqual(this.limits.senderCountMax);
      expect(all.reduce((sum, tx) => sum + tx.transaction.encoded.length, 0)).toBeLessThanOrEqual(
        this.limits.senderBytesMax,
      );
      for (const { transaction } of all)
        expect(this.pool.get(transaction.hash)?.transaction).toBe(transaction);
    }
  }

  #checkSelection(): void {
    for (const baseFee of [0n, this.world.baseFee, 60n]) {
      for (const room of [ROOMY, { gasMax: 130_000n, bytesMax: 600, countMax: 4 }]) {
        const selection = { ...room, baseFee };
        expect(this.pool.select(selection).map(hashOf)).toEqual(this.naive.select(selection).map(hashOf));
      }
    }
  }

  #checkEvents(): void {
    for (const event of this.#events.splice(0)) {
      const { hash } = event.transaction.transaction;
      this.seen.add("reason" in event ? event.reason : event.kind);
      if (event.kind === "added") {
        expect(this.#mirror.has(hash)).toBe(false);
        this.#mirror.add(hash);
      } else expect(this.#mirror.delete(hash)).toBe(true);
    }
    const { pending, queued } = this.pool.content();
    const held = [...pending.values(), ...queued.values()].flat().map(hashOf);
    expect([...this.#mirror].sort()).toEqual(held.sort());
  }
}

const hashOf = ({ transaction }: SignedBy): Hash => transaction.hash;

describe("createMempool", () => {
  it("equals a naive mempool under any operations, and keeps its invariants", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(operation, { minLength: 10, maxLength: 60, size: "max" }), (operations) => {
        const bench = new Bench(TIGHT, seen);
        for (const op of operations) {
          bench.run(op);
          bench.check();
        }
      }),
      { numRuns: 400 },
    );
    const never = ["ALREADY_KNOWN", "SENDER_HAS_CODE", "REFUSED_BY_FORK"];
    const codes = Object.keys(mempoolErrors.table).filter(
      (code) => !never.includes(code) && !code.startsWith("JOURNAL"),
    );
    const reasons = DROP_REASONS.filter((reason) => !never.includes(reason));
    expect([...codes, ...reasons].filter((code) => !seen.has(code))).toEqual([]);
  });

  it("does the same without eviction, for reorganisations of long runs", () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 10, maxLength: 60, size: "max" }), (operations) => {
        const bench = new Bench(ROOMY_LIMITS);
        for (const op of operations) {
          bench.run(op);
          bench.check();
        }
      }),
      { numRuns: 300 },
    );
  });

  it("loses nothing valid in a reorganisation: reorganising forth and back gives the same mempool", () => {
    let movedCount = 0;
    fc.assert(
      fc.property(
        fc.array(addition, { minLength: 5, maxLength: 30, size: "max" }),
        fc.integer({ min: 1, max: 6 }),
        (operations, depth) => {
          const bench = new Bench(ROOMY_LIMITS);
          for (const op of operations) bench.run(op);
          const before = idsOf(bench.pool);
          const blocks = Array.from({ length: depth }, () => {
            const { baseFee } = bench.world;
            const block = bench.chain.extend(bench.pool.select({ ...ROOMY, countMax: 3, baseFee }));
            bench.pool.onChain({ removed: [], added: [block] });
            movedCount += block.transactions.length;
            return block;
          });
          const after = idsOf(bench.pool);

          bench.pool.onChain({ removed: bench.chain.retract(depth), added: [] });
          expect(idsOf(bench.pool)).toEqual(before);

          const again = blocks.map((block) => bench.chain.extend(block.transactions));
          bench.pool.onChain({ removed: [], added: again });
          expect(idsOf(bench.pool)).toEqual(after);
        },
      ),
      { numRuns: 300 },
    );
    expect(movedCount).toBeGreaterThan(300);
  });
});

function idsOf(pool: Mempool): unknown {
  const { pending, queued } = pool.content();
  return SENDERS.map((address) => [
    (pending.get(address) ?? []).map(hashOf),
    (queued.get(address) ?? []).map(hashOf),
  ]);
}
