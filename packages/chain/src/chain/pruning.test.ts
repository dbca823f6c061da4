import { seededRandom } from "@trellis/kit";
import type { Block } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { openChainTables } from "../store/tables.ts";
import { createFaultyStore, FAULTS } from "./testing/faultyStore.ts";
import { mineRandomDag } from "./testing/randomDag.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { contentOf, createTestChain, type TestChain, wholeDag } from "./testing/testChain.ts";
import { shallowParameters } from "./testing/testNetwork.ts";

const parameters = shallowParameters();

let blocks: readonly Block[];
let archive: TestChain;

beforeAll(async () => {
  blocks = await mineRandomDag(await TestBlockBuilder.open(parameters), 700, seededRandom(11));
  archive = await createTestChain({ parameters, isArchive: true });
  await archive.take(...blocks);
});

async function prunedChain(taken: readonly Block[] = blocks): Promise<TestChain> {
  const chain = await createTestChain({ parameters });
  await chain.take(...taken);
  return chain;
}

function expectAgreement(chain: TestChain, other: TestChain): void {
  expect(chain.view.head()).toEqual(other.view.head());
  expect(chain.view.finalized()).toEqual(other.view.finalized());
  expect(chain.view.tips()).toEqual(other.view.tips().filter(chain.exchange.has));
  const head = chain.view.head().header.number;
  for (let number = chain.view.oldestNumber(); number <= head; number++) {
    const block = other.view.blockByNumber(number)!;
    expect(chain.view.blockByNumber(number)).toEqual(block);
    expect(chain.view.blockByHash(block.hash)).toEqual(block);
    for (const { transaction } of block.transactions) {
      expect(chain.view.locate(transaction.hash)).toEqual(other.view.locate(transaction.hash));
    }
  }
}

describe("pruning node", () => {
  it("STORE-PRUNE-1: keeps the pruning depth, and agrees with an archive on all that it keeps", async () => {
    const chain = await prunedChain();
    expectAgreement(chain, archive);
    expect(chain.view.oldestNumber()).toBeGreaterThan(100);
    expect(archive.view.oldestNumber()).toBe(0);
    const final = chain.view.finalized().header;
    const oldest = chain.view.blockByNumber(chain.view.oldestNumber())!.header;
    expect(final.blueScore - oldest.blueScore).toBeGreaterThan(
      parameters.pruningDepth - parameters.ghostdagK - 2,
    );
    expect(verifyStore(chain.store).problems).toEqual([]);
    expect(verifyStore(archive.store).problems).toEqual([]);
  });

  it("STORE-PRUNE-1: no read returns pruned data", async () => {
    const chain = await prunedChain();
    const { view, exchange } = chain;
    const oldest = view.oldestNumber();
    const gone = [0, 1, Math.floor(oldest / 2), oldest - 1].map(
      (number) => archive.view.blockByNumber(number)!,
    );
    for (const { hash, header, transactions } of gone) {
      expect(view.blockByNumber(header.number)).toBeUndefined();
      expect(view.blockByHash(hash)).toBeUndefined();
      expect(view.block(hash)).toBeUndefined();
      expect(view.dagBlock(hash)).toBeUndefined();
      expect(() => view.stateAt(hash)).toThrow(expect.objectContaining({ code: "STATE_UNAVAILABLE" }));
      for (const { transaction } of transactions) {
        expect(view.locate(transaction.hash)).toBeUndefined();
        expect(view.transactionStatus(transaction.hash)).toEqual({ kind: "unknown" });
      }
    }
    const below = gone.slice(0, 3).map(({ hash }) => hash);
    for (const hash of below) expect(exchange.has(hash)).toBe(false);
    const kept = view.dagRange(0, 1_000, 10);
    expect(kept.every(({ header }) => header.number >= oldest)).toBe(true);
    expect(kept).toHaveLength(10);
    const point = gone[3]!.hash;
    expect(exchange.locator().at(-1)).toBe(point);
    expect(exchange.headersAfter(below, 10)).toBeUndefined();
    expect(exchange.headersAfter([point, ...below], 10)).toMatchObject({ from: point });
  });

  it("STORE-PRUNE-2: the store is consistent at every step, and bounded", async () => {
    const STEP = 25;
    const chain = await createTestChain({ parameters });
    const sizes: { dag: number; stored: number }[] = [];
    for (let at = 0; at < blocks.length; at += STEP) {
      await chain.take(...blocks.slice(at, at + STEP));
      expect(verifyStore(chain.store).problems).toEqual([]);
      const stored = [...openChainTables(chain.store).bodies.range({})].length;
      sizes.push({ dag: chain.view.counts().blocks, stored });
    }
    const [half, end] = [sizes.slice(350 / STEP, 525 / STEP), sizes.slice(525 / STEP)];
    const most = (of: typeof sizes, what: "dag" | "stored") => Math.max(...of.map((size) => size[what]));
    for (const what of ["dag", "stored"] as const) {
      expect(most(half, what)).toBeLessThan(400);
      expect(most(end, what)).toBeLessThan(1.3 * most(half, what));
    }
  });

  it("STORE-PRUNE-2: a restart in between, in batches or block by block, ends with the same store", async () => {
    const single = await prunedChain();
    let runs = await createTestChain({ parameters });
    const random = seededRandom(5);
    for (let at = 0; at < blocks.length; ) {
      const end = Math.min(at + 1 + Math.floor(random() * 30), blocks.length);
      await runs.exchange.importBlocks(blocks.slice(at, end));
      if (random() < 0.4) {
        expect(verifyStore(runs.store).problems).toEqual([]);
        runs = await runs.reopen();
      }
      expect(runs.view.oldestNumber()).toBeLessThanOrEqual(single.view.oldestNumber());
      at = end;
    }
    expectAgreement(runs, single);
    expect(runs.view.oldestNumber()).toBe(single.view.oldestNumber());
    expect(runs.view.counts()).toEqual(single.view.counts());
    expect(wholeDag(runs)).toEqual(wholeDag(single));
  });

  it("recentBlocksMin keeps more than the network requires", async () => {
    const chain = await createTestChain({ parameters, recentBlocksMin: 320 });
    await chain.take(...blocks);
    const kept = chain.view.head().header.number - chain.view.oldestNumber();
    expect(kept).toBeGreaterThanOrEqual(320);
    expect(chain.view.oldestNumber()).toBeGreaterThan(0);
    expectAgreement(chain, archive);
    expect((await prunedChain()).view.oldestNumber()).toBeGreaterThan(chain.view.oldestNumber());
  });

  it("an archive that is switched off prunes with new blocks", async () => {
    const former = await createTestChain({ parameters, isArchive: true });
    await former.take(...blocks.slice(0, 600));
    const chain = await createTestChain({ parameters, store: former.store });
    await chain.take(...blocks.slice(600));
    expectAgreement(chain, archive);
    expect(chain.view.oldestNumber()).toBeGreaterThan(100);
    expect(verifyStore(chain.store).problems).toEqual([]);
    const again = await createTestChain({ parameters, isArchive: true, store: chain.store });
    expect(again.view.oldestNumber()).toBe(chain.view.oldestNumber());
  });

  it("PAST_PRUNED: a block right above the pruning point that no block can merge", async () => {
    const builder = await TestBlockBuilder.open(parameters);
    const trunk = await builder.mineChain(600);
    const chain = await prunedChain(trunk);
    const oldest = chain.view.oldestNumber();
    const late = await builder.mine({ parents: [trunk[oldest + 2]!] });
    await expect(chain.importBlock(late)).rejects.toMatchObject({
      code: "PAST_PRUNED",
      consequence: "ignore",
    });
    const orphan = await builder.mine({ parents: [trunk[oldest - 5]!] });
    expect(await chain.exchange.importBlocks([orphan])).toEqual([
      { kind: "orphan", missing: [trunk[oldest - 5]!.hash] },
    ]);
    const full = await createTestChain({ parameters, isArchive: true });
    await full.take(...trunk.slice(0, oldest + 10), late, ...trunk.slice(oldest + 10));
    const merging = await builder.mine({ parents: [trunk.at(-1)!, late] });
    await expect(full.importBlock(merging)).rejects.toMatchObject({
      code: "BLOCK_INVALID",
      facts: expect.objectContaining({ reason: "red block below the merge depth" }),
    });
  });

  it("PAST_PRUNED: below the margin above the pruning point, on genesis too, and on an archive too [STORE-PRUNE-3]", async () => {
    const builder = await TestBlockBuilder.open(parameters);
    const trunk = await builder.mineChain(600);
    const pruned = await prunedChain(trunk);
    const full = await createTestChain({ parameters, isArchive: true });
    await full.take(...trunk);
    const before = full.view.counts();
    for (const parent of [builder.genesis, trunk[0]!, trunk[pruned.view.oldestNumber() - 5]!]) {
      const late = await builder.mine({ parents: [parent] });
      await expect(full.importBlock(late)).rejects.toMatchObject({
        code: "PAST_PRUNED",
        consequence: "ignore",
      });
    }
    expect(full.view.counts()).toEqual(before);
    const { blueScore } = full.view.finalized().header;
    const point = Math.floor((blueScore - 150) / 10) * 10;
    // Windows of 6 blocks in 3 streams exceed the finality depth; the mergeset limit is 8.
    const lowest = point + 2 * (6 * 3 + 8);
    for (const parent of trunk.slice(pruned.view.oldestNumber())) {
      const late = await builder.mine({ parents: [parent] });
      const isRefused = parent.header.blueScore < lowest;
      const outcome = isRefused
        ? { kind: "refused", error: { code: "PAST_PRUNED", consequence: "ignore" } }
        : { kind: "imported" };
      for (const chain of [pruned, full]) {
        expect(await chain.exchange.importBlocks([late])).toMatchObject([outcome]);
      }
    }
  });
});

it("EXEC-19: pruned and archive nodes agree on the sink of any DAG", async () => {
  let prunings = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const dag = await mineRandomDag(await TestBlockBuilder.open(parameters), 400, seededRandom(seed));
      const full = await createTestChain({ parameters, isArchive: true });
      let pruned = await createTestChain({ parameters });
      for (let at = 0; at < dag.length; at += 40) {
        const run = dag.slice(at, at + 40);
        const outcomes = await full.exchange.importBlocks(run);
        expect(await pruned.exchange.importBlocks(run)).toEqual(outcomes);
        expect(pruned.view.head()).toEqual(full.view.head());
        if (at % 80 === 0) pruned = await pruned.reopen();
      }
      expectAgreement(pruned, full);
      prunings += full.view.counts().blocks > pruned.view.counts().blocks ? 1 : 0;
    }),
    { numRuns: 4, examples: [[11]] },
  );
  expect(prunings).toBeGreaterThan(0);
});

describe("a crash during pruning loses nothing [STORE-PRUNE-2]", () => {
  const FROM = 420;
  const TO = 470;
  const END = 500;
  let before: WriteOperation[];
  let after: TestChain;

  beforeAll(async () => {
    const chain = await prunedChain(blocks.slice(0, FROM));
    before = [...chain.store.range({})].map(([key, value]) => ({ kind: "put", key, value }));
    const oldest = chain.view.oldestNumber();
    await chain.take(...blocks.slice(FROM, TO));
    expect(chain.view.oldestNumber()).toBeGreaterThan(oldest);
    await chain.take(...blocks.slice(TO, END));
    after = chain;
  });

  it.each(FAULTS)("%s, at every third write", async (fault) => {
    for (let n = 2; n < TO - FROM; n += 3) {
      const store = createFaultyStore(n, fault);
      await store.write(before);
      const play = async (): Promise<void> => {
        const chain = await createTestChain({ parameters, store });
        await chain.take(...blocks.slice(FROM, TO));
      };
      await Promise.race([play().catch(() => {}), store.died]);
      expect(verifyStore(store.under).problems).toEqual([]);
      const reopened = await createTestChain({ parameters, store: store.under });
      const left = blocks.slice(FROM, END).filter(({ hash }) => !reopened.exchange.has(hash));
      await reopened.take(...left);
      expect(reopened.view.oldestNumber()).toBe(after.view.oldestNumber());
      expectAgreement(reopened, after);
      expect(contentOf(reopened.store)).toEqual(contentOf(after.store));
    }
  });
});
