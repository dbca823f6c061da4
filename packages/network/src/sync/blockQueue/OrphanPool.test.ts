import { type Block, createGenesis, type Hash, ZERO_HASH } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { BLOCK_QUEUE_LIMITS } from "../limits.ts";
import { TEST_PARAMETERS, tampered } from "../testing/testChain.ts";
import { type Orphan, OrphanPool } from "./OrphanPool.ts";

const genesis = createGenesis(TEST_PARAMETERS, ZERO_HASH);

function orphanOf(block: Block, missing: readonly Hash[], from = "a", bytes = 1_000, sinceMs = 0): Orphan {
  return { block, from, rounds: 0, missing: new Set(missing), bytes, sinceMs };
}

function blockOn(...parents: readonly Hash[]): Block {
  return tampered(genesis, { parents });
}

function missingHash(index: number): Hash {
  return `0x${index.toString(16).padStart(64, "0")}`;
}

it("an orphan leaves when its last parent is here [SYNC-6]", () => {
  const pool = new OrphanPool();
  const block = blockOn(missingHash(1), missingHash(2));
  pool.add(orphanOf(block, block.header.parents));
  expect(pool.release(missingHash(1))).toEqual([]);
  expect(pool.release(missingHash(3))).toEqual([]);
  expect(pool.release(missingHash(2)).map((orphan) => orphan.block)).toEqual([block]);
  expect([pool.size, pool.bytes]).toEqual([0, 0]);
});

it("a removed block takes its waiting descendants with it [SYNC-9]", () => {
  const pool = new OrphanPool();
  const child = blockOn(missingHash(1));
  const grandchild = blockOn(child.hash, missingHash(2));
  const other = blockOn(missingHash(2));
  for (const block of [grandchild, child, other]) pool.add(orphanOf(block, block.header.parents));
  const dropped = pool.dropDescendants(missingHash(1)).map(({ block }) => block.hash);
  expect(new Set(dropped)).toEqual(new Set([child.hash, grandchild.hash]));
  expect(pool.size).toBe(1);
});

it("drops an orphan that waits too long [SYNC-6]", () => {
  const pool = new OrphanPool();
  pool.add(orphanOf(blockOn(missingHash(1)), [missingHash(1)], "a", 10, 5));
  pool.add(orphanOf(blockOn(missingHash(1)), [missingHash(1)], "a", 10, 7));
  expect(pool.dropOlderThan(7)).toBe(1);
  expect(pool.size).toBe(1);
});

const anyStep = fc.oneof(
  { weight: 8, arbitrary: fc.record({ add: fc.nat(30), from: fc.nat(12), kilobytes: fc.nat(3_000) }) },
  { weight: 1, arbitrary: fc.record({ release: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ drop: fc.nat(30) }) },
);

it("limits per peer and in total are kept, and the counts stay correct [SYNC-6]", () => {
  const { orphanCountMax, orphanBytesMax, orphansPerPeerMax, orphanBytesPerPeerMax } = BLOCK_QUEUE_LIMITS;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 200, maxLength: 400 }), (steps) => {
      const pool = new OrphanPool();
      const added: Orphan[] = [];
      for (const [index, step] of steps.entries()) {
        if ("release" in step) pool.release(missingHash(step.release));
        else if ("drop" in step) pool.dropDescendants(missingHash(step.drop));
        else {
          const parents = [missingHash(step.add), missingHash((step.add * 7) % 31)];
          const orphan = orphanOf(
            blockOn(...parents),
            parents,
            `peer ${step.from}`,
            step.kilobytes * 1_024,
            index,
          );
          added.push(orphan);
          pool.add(orphan);
        }
        const held = added.filter(({ block }) => pool.get(block.hash) !== undefined);
        expect(held.length).toBe(pool.size);
        expect(held.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(pool.bytes);
        expect(pool.size).toBeLessThanOrEqual(orphanCountMax);
        expect(pool.bytes).toBeLessThanOrEqual(orphanBytesMax);
        for (const [, share] of Map.groupBy(held, ({ from }) => from)) {
          expect(share.length).toBeLessThanOrEqual(orphansPerPeerMax);
          expect(share.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(orphanBytesPerPeerMax);
        }
      }
    }),
    { numRuns: 6 },
  );
});

it("a removed orphan frees its peer's share, for any reason [SYNC-6]", () => {
  const pool = new OrphanPool();
  const kept = blockOn(missingHash(1));
  pool.add(orphanOf(kept, [missingHash(1)], "a", 1_000, 10));
  const rest = BLOCK_QUEUE_LIMITS.orphanBytesPerPeerMax - 1_000;
  for (let round = 0; round < 4; round++) {
    const large = blockOn(missingHash(2), missingHash(3));
    pool.add(orphanOf(large, large.header.parents, "a", rest, 10));
    if (round % 2 === 0) pool.dropDescendants(missingHash(2));
    else for (const parent of large.header.parents) pool.release(parent);
    expect([pool.size, pool.bytes]).toEqual([1, 1_000]);
  }
  for (let round = 0; round < 2; round++) {
    const others = Array.from({ length: BLOCK_QUEUE_LIMITS.orphansPerPeerMax - 1 }, () =>
      blockOn(missingHash(4)),
    );
    for (const block of others) pool.add(orphanOf(block, [missingHash(4)], "a", 10, 10));
    expect(pool.release(missingHash(4))).toHaveLength(others.length);
  }
  expect(pool.get(kept.hash)).toBeDefined();
  expect(pool.dropOlderThan(11)).toBe(1);
  expect([pool.size, pool.bytes]).toEqual([0, 0]);
});

it("one peer's orphans do not evict another's [SYNC-6]", () => {
  const pool = new OrphanPool();
  const kept = blockOn(missingHash(1));
  pool.add(orphanOf(kept, [missingHash(1)], "honest"));
  for (let index = 0; index < 2_000; index++) {
    pool.add(orphanOf(blockOn(missingHash(2)), [missingHash(2)], "spammer"));
  }
  expect(pool.get(kept.hash)).toBeDefined();
  expect(pool.size).toBe(BLOCK_QUEUE_LIMITS.orphansPerPeerMax + 1);
});
