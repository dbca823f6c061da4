import { isTrellisError } from "@trellis/base";
import { seededRandom } from "@trellis/kit";
import { type Block, type BlockOutcome, type Hash, headerHash, ZERO_HASH } from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { codeAndReason } from "../store/testing/codeAndReason.ts";
import { mineRandomDag } from "./testing/randomDag.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { BAD_NONCE, contentOf, createTestChain, dumpChain, type TestChain } from "./testing/testChain.ts";
import { minerAddress, recoverSenders, testParameters, transfer } from "./testing/testNetwork.ts";

const parameters = testParameters({ finalityDepth: 4 });
let builder: TestBlockBuilder;
let chain: TestChain;

beforeEach(async () => {
  builder = await TestBlockBuilder.open(parameters);
  chain = await createTestChain({ parameters });
});

/** Excludes the pool, which learns only the net change of each batch. */
function chainOf(of: TestChain): unknown {
  return { ...(dumpChain(of) as object), pool: undefined };
}

const kinds = (outcomes: readonly BlockOutcome[]) => outcomes.map(({ kind }) => kind);
const codes = (outcomes: readonly BlockOutcome[]) =>
  outcomes.map((outcome) => (outcome.kind === "refused" ? codeAndReason(outcome.error) : outcome.kind));

describe("importBlocks", () => {
  it("EXEC-26: any batches of the same blocks store the same as single imports", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (seed, sizes, isArchive) => {
          const blocks = await mineRandomDag(await TestBlockBuilder.open(parameters), 40, seededRandom(seed));
          const [single, runs] = [
            await createTestChain({ parameters, isArchive }),
            await createTestChain({ parameters, isArchive }),
          ];
          await single.take(...blocks);
          for (let at = 0, turn = 0; at < blocks.length; turn++) {
            const size = sizes[turn % sizes.length]!;
            const outcomes = await runs.exchange.importBlocks(blocks.slice(at, at + size));
            expect(new Set(kinds(outcomes))).toEqual(new Set(["imported"]));
            at += size;
          }
          expect(contentOf(runs.store)).toEqual(contentOf(single.store));
          expect(chainOf(runs)).toEqual(chainOf(single));
          expect(verifyStore(runs.store).problems).toEqual([]);
          expect(chainOf(await runs.reopen())).toEqual(chainOf(single));
        },
      ),
      { numRuns: 8 },
    );
  });

  it("EXEC-26: a batch is one write, and one call recovers its senders", async () => {
    const [blocks, calls] = [await mineRandomDag(builder, 30, seededRandom(1)), [] as number[]];
    let writes = 0;
    const store = createMemoryStore();
    const counting = {
      ...store,
      async write(...args: Parameters<typeof store.write>) {
        writes += 1;
        await store.write(...args);
      },
    };
    const counted = await createTestChain({
      parameters,
      store: counting,
      ports: {
        recoverSenders: async (transactions) => {
          calls.push(transactions.length);
          return recoverSenders(transactions);
        },
      },
    });
    const before = writes;
    await counted.exchange.importBlocks(blocks);
    expect(writes - before).toBe(1);
    expect(calls).toEqual([blocks.reduce((sum, { body }) => sum + body.transactions.length, 0)]);
  });

  it("EXEC-26.1: an import waits for senders that are already being recovered", async () => {
    const blocks = await mineRandomDag(builder, 30, seededRandom(2));
    const calls: number[] = [];
    const begun = Promise.withResolvers<void>();
    const counted = await createTestChain({
      parameters,
      ports: {
        recoverSenders: async (transactions) => {
          calls.push(transactions.length);
          await begun.promise;
          return recoverSenders(transactions);
        },
      },
    });
    counted.exchange.recoverAhead(blocks);
    const imported = counted.exchange.importBlocks(blocks);
    begun.resolve();
    expect(new Set(kinds(await imported))).toEqual(new Set(["imported"]));
    expect(calls).toEqual([blocks.reduce((sum, { body }) => sum + body.transactions.length, 0)]);
  });

  it("EXEC-26.1: an import does not wait for senders of later blocks", async () => {
    const blocks = await mineRandomDag(builder, 30, seededRandom(2));
    const first = blocks.slice(0, 15);
    const never = Promise.withResolvers<never>();
    let calls = 0;
    const held = await createTestChain({
      parameters,
      ports: {
        recoverSenders: (transactions) => (calls++ === 0 ? recoverSenders(transactions) : never.promise),
      },
    });
    held.exchange.recoverAhead(first);
    held.exchange.recoverAhead(blocks.slice(15));
    expect(new Set(kinds(await held.exchange.importBlocks(first)))).toEqual(new Set(["imported"]));
    expect(calls).toBe(2);
  });

  it("returns the outcome of each block, and imports the valid ones", async () => {
    const [first, second] = await builder.mineChain(2);
    const bad = await builder.mine({
      parents: [first!],
      tamper: () => ({ seal: { branch: [], nonce: BAD_NONCE } }),
      isKept: true,
    });
    const onBad = await builder.mine({ parents: [bad], miner: minerAddress(1) });
    const wrong = await builder.mine({
      parents: [second!],
      tamper: ({ number }) => ({ number: number + 1 }),
    });
    const hidden = await builder.mine({ parents: [second!], miner: minerAddress(2) });
    const orphan = await builder.mine({ parents: [hidden] });
    const onOrphan = await builder.mine({ parents: [orphan] });
    const last = await builder.mine({ parents: [second!], miner: minerAddress(3) });
    const outcomes = await chain.exchange.importBlocks([
      first!,
      second!,
      first!,
      bad,
      onBad,
      wrong,
      orphan,
      onOrphan,
      last,
    ]);
    expect(codes(outcomes)).toEqual([
      "imported",
      "imported",
      "known",
      "BLOCK_INVALID: proof of work misses the target",
      "BLOCK_INVALID: proof of work misses the target",
      "BLOCK_INVALID: field differs from the value implied by the past",
      "orphan",
      "orphan",
      "imported",
    ]);
    for (const outcome of [outcomes[6]!, outcomes[7]!])
      expect(outcome).toMatchObject({ missing: [hidden.hash] });
    expect(chain.view.head().hash).toBe(last.hash);
    expect(codes(await chain.exchange.importBlocks([]))).toEqual([]);
    expect(codes(await chain.exchange.importBlocks([hidden, orphan, onOrphan, last]))).toEqual([
      "imported",
      "imported",
      "imported",
      "known",
    ]);
  });

  it("BLOCK_INVALID: no sender recoverable from a transaction: only of the block that carries it", async () => {
    const [good, evil, next] = [
      transfer({ from: "alice", nonce: 0 }),
      transfer({ from: "bob", nonce: 0 }),
      transfer({ from: "carol", nonce: 0 }),
    ];
    const first = await builder.mine({ transactions: [good] });
    const second = await builder.mine({ parents: [first], transactions: [evil] });
    const third = await builder.mine({ parents: [first], transactions: [next] });
    const picky = await createTestChain({
      parameters,
      ports: {
        recoverSenders: async (transactions) => {
          const recovered = await recoverSenders(transactions);
          const error = (chain.failure() ?? new RangeError()) as never;
          return transactions.map(({ hash }, index) => (hash === evil.hash ? error : recovered[index]!));
        },
      },
    });
    const outcomes = await picky.exchange.importBlocks([first, second, third]);
    expect(codes(outcomes)).toEqual([
      "imported",
      "BLOCK_INVALID: no sender recoverable from a transaction",
      "imported",
    ]);
    expect(picky.view.counts().blocks).toBe(3);
  });

  it("BLOCK_NOT_TAKEN: an engine failure on one block of a batch does not affect the others", async () => {
    const blocks = await builder.mineChain(6);
    chain.evm.beforeBlock = ({ context }) => {
      if (context.number === 4n) throw new RangeError("out of memory");
    };
    const outcomes = await chain.exchange.importBlocks(blocks);
    expect(codes(outcomes)).toEqual([
      "imported",
      "imported",
      "imported",
      "BLOCK_NOT_TAKEN",
      "BLOCK_NOT_TAKEN",
      "BLOCK_NOT_TAKEN",
    ]);
    chain.evm.beforeBlock = undefined;
    expect(codes(await chain.exchange.importBlocks(blocks))).toEqual([
      ...Array(3).fill("known"),
      ...Array(3).fill("imported"),
    ]);
    const other = await createTestChain({ parameters });
    await other.take(...blocks);
    expect(chain.view.head()).toEqual(other.view.head());
    expect(verifyStore(chain.store).problems).toEqual([]);
  });

  it("EXEC-23: reads see the state before a batch until it is stored", async () => {
    const blocks = await mineRandomDag(builder, 30, seededRandom(7));
    await chain.exchange.importBlocks(blocks.slice(0, 15));
    const before = dumpChain(chain);
    let runs = 0;
    chain.evm.beforeBlock = () => {
      runs += 1;
      expect(dumpChain(chain)).toEqual(before);
      for (const { hash } of blocks.slice(15)) {
        expect(chain.view.block(hash)).toBeUndefined();
        expect(chain.view.blockByHash(hash)).toBeUndefined();
      }
    };
    const write = chain.store.write.bind(chain.store);
    chain.store.write = async (operations) => {
      await write(operations);
      expect({ ...(dumpChain(chain) as object), stored: 0 }).toEqual({ ...(before as object), stored: 0 });
    };
    await chain.exchange.importBlocks(blocks.slice(15));
    expect(runs).toBeGreaterThan(5);
    expect(chain.view.counts().blocks).toBe(31);
  });

  it("EXEC-23: events of a batch come in order, once per block", async () => {
    const blocks = await mineRandomDag(builder, 40, seededRandom(3));
    const told: string[] = [];
    const chained: Hash[] = [];
    chain.view.subscribe((event) => {
      told.push(event.kind);
      if (event.kind === "added") {
        expect(chain.view.isOnSelectedChain(event.block.hash)).toBe(true);
        chained.push(event.block.hash);
      }
      if (event.kind === "removed") expect(chained.pop()).toBe(event.block.hash);
    });
    for (let at = 0; at < blocks.length; at += 10) {
      told.length = 0;
      await chain.exchange.importBlocks(blocks.slice(at, at + 10));
      expect(told.join(" ")).toMatch(/^(block ){10}(removed ?)*(added ?)*(finalized)?$/);
    }
    expect(chained.at(-1)).toBe(chain.view.head().hash);
    expect(chained).toHaveLength(chain.view.head().header.number);
  });

  it("CHAIN_STOPPED: a failed write of a batch leaves nothing visible", async () => {
    const blocks = await builder.mineChain(8);
    await chain.exchange.importBlocks(blocks.slice(0, 4));
    const before = dumpChain(chain) as object;
    chain.store.write = async () => {
      throw new RangeError("disk full");
    };
    await expect(chain.exchange.importBlocks(blocks.slice(4))).rejects.toMatchObject({
      code: "CHAIN_STOPPED",
    });
    expect({ ...(dumpChain(chain) as object), failure: undefined }).toEqual({
      ...before,
      failure: undefined,
    });
    await expect(chain.exchange.importBlocks(blocks.slice(4))).rejects.toMatchObject({
      code: "CHAIN_STOPPED",
    });
  });

  it("a miner's own block is imported between two batches", async () => {
    const blocks = await builder.mineChain(600);
    const order: string[] = [];
    chain.view.subscribe((event) => {
      if (event.kind === "block") order.push(event.hash);
    });
    const importing = chain.exchange.importBlocks(blocks);
    await chain.mine({ miner: 9 });
    const mined = order.length;
    await importing;
    expect(mined).toBeLessThan(600);
    expect(order).toHaveLength(601);
  });
});

describe("checkHeader", () => {
  it("refuses a header that is invalid by itself", async () => {
    const code = async (block: Block) =>
      chain.exchange.checkHeader(block.header).then(
        () => "fine",
        (error: unknown) => (isTrellisError(error) ? codeAndReason(error) : String(error)),
      );
    expect(await code(await builder.mine())).toBe("fine");
    expect(await code(await builder.mine({ tamper: () => ({ version: 9 }) }))).toBe(
      "BLOCK_INVALID: unknown version",
    );
    const seal = { branch: [], nonce: BAD_NONCE };
    expect(await code(await builder.mine({ tamper: () => ({ seal }) }))).toBe(
      "BLOCK_INVALID: proof of work misses the target",
    );
    const late = await builder.mine({ timestampMs: chain.clock.ms + parameters.timestampAheadMaxMs + 1 });
    expect(await code(late)).toBe("TIMESTAMP_AHEAD");
  });

  it("BLOCK_NOT_TAKEN when this node fails; a verified seal is not verified again", async () => {
    let checks = 0;
    let isFailing = true;
    const counted = await createTestChain({
      parameters,
      ports: {
        async verifySeal() {
          if (isFailing) throw new RangeError("a worker has gone");
          checks += 1;
          return true;
        },
      },
    });
    const [first, second] = await builder.mineChain(2);
    await expect(counted.exchange.checkHeader(first!.header)).rejects.toMatchObject({
      code: "BLOCK_NOT_TAKEN",
    });
    isFailing = false;
    await counted.exchange.checkHeader(first!.header);
    await counted.exchange.checkHeader(first!.header);
    expect(checks).toBe(1);
    await counted.exchange.importBlocks([first!, second!]);
    expect(checks).toBe(2);
  });
});

describe("headersAfter", () => {
  it("SYNC-HEADERS-1: a locator starts at the sink, doubles its distances, and ends at genesis", async () => {
    expect(chain.exchange.locator()).toEqual([builder.genesis.hash]);
    await chain.exchange.importBlocks(await builder.mineChain(100));
    const numbers = chain.exchange.locator().map((hash) => chain.view.blockByHash(hash)!.header.number);
    expect(numbers).toEqual([100, 99, 98, 96, 92, 84, 68, 36, 0]);
  });

  it("SYNC-HEADERS-2: successive requests return the whole past of the sink, parents before children", async () => {
    const blocks = await mineRandomDag(builder, 120, seededRandom(5));
    await chain.exchange.importBlocks(blocks);
    const copy = await createTestChain({ parameters });
    const byHash = new Map(blocks.map((block) => [block.hash, block]));
    for (let isEnd = false; !isEnd; ) {
      const answer = chain.exchange.headersAfter(copy.exchange.locator(), 7)!;
      const brought = answer.headers.map((header) => byHash.get(headerHash(header))!);
      expect(new Set(kinds(await copy.exchange.importBlocks(brought)))).toEqual(new Set(["imported"]));
      isEnd = answer.isEnd;
    }
    expect(copy.view.head()).toEqual(chain.view.head());
    const sink = chain.view.head().hash;
    const past = blocks.filter(({ hash }) => builder.dag.isAncestor(hash, sink));
    expect(copy.view.counts().blocks).toBe(past.length + 1);
    expect(chain.exchange.headersAfter(copy.exchange.locator(), 7)).toEqual({
      from: sink,
      headers: [],
      isEnd: true,
    });
  });

  it("starts at the newest hash on its selected chain", async () => {
    const trunk = await builder.mineChain(10);
    const side = await builder.mine({ parents: [trunk[3]!], miner: minerAddress(4) });
    await chain.exchange.importBlocks([...trunk, side]);
    const { exchange } = chain;
    expect(exchange.headersAfter([side.hash, trunk[5]!.hash, trunk[1]!.hash], 0)).toMatchObject({
      from: trunk[5]!.hash,
      headers: [{ number: 7 }],
      isEnd: false,
    });
    expect(exchange.headersAfter([trunk[1]!.hash, trunk[8]!.hash, ZERO_HASH], 9)!.from).toBe(trunk[8]!.hash);
    expect(exchange.headersAfter([side.hash, ZERO_HASH], 9)).toBeUndefined();
    expect(exchange.headersAfter([], 9)).toBeUndefined();
  });
});

describe("limitFinality", () => {
  it("SYNC-29: nothing above the limit becomes final; moving the limit finalizes without another block", async () => {
    const trunk = await builder.mineChain(12);
    await chain.exchange.limitFinality(trunk[1]!.hash);
    await chain.exchange.importBlocks(trunk);
    const point = chain.exchange.finalPoint()!;
    expect(point.number).toBeGreaterThan(2);
    expect(chain.view.finalized().hash).toBe(trunk[1]!.hash);
    await chain.exchange.limitFinality(undefined);
    expect(chain.view.finalized().hash).toBe(point.hash);
    expect(verifyStore(chain.store).problems).toEqual([]);
  });

  it("SYNC-29: follows a heavier chain that leaves the held one, at any depth", async () => {
    const light = await builder.mineChain(12);
    await chain.exchange.limitFinality(builder.genesis.hash);
    await chain.exchange.importBlocks(light);
    const heavy = await (await TestBlockBuilder.open(parameters)).mineChain(13, { miner: minerAddress(4) });
    await chain.exchange.importBlocks(heavy);
    expect(chain.view.head().hash).toBe(heavy.at(-1)!.hash);
    await chain.exchange.limitFinality(heavy.at(-1)!.hash);
    expect(heavy.map(({ hash }) => hash)).toContain(chain.view.finalized().hash);
  });
});
