import { isTrellisError, silentLog } from "@trellis/base";
import type { Block, Hash } from "@trellis/protocol";
import { createMemoryStore, storageErrors, type WriteOperation } from "@trellis/storage";
import { beforeAll, describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { createFaultyStore, FAULTS, type Fault } from "./testing/faultyStore.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { contentOf, createTestChain, dumpChain, type TestChain, wholeDag } from "./testing/testChain.ts";
import { operation } from "./testing/testEvm.ts";
import {
  addressOf,
  COIN,
  CONTRACT,
  minerAddress,
  recoverSenders,
  testParameters,
  transfer,
} from "./testing/testNetwork.ts";

const parameters = testParameters({ finalityDepth: 4 });
let builder: TestBlockBuilder;
let scenario: readonly Block[];
let whole: TestChain;

beforeAll(async () => {
  builder = await TestBlockBuilder.open(parameters);
  let nonce = 0;
  const call = (...args: Parameters<typeof operation>) =>
    transfer({ from: "alice", nonce: nonce++, to: CONTRACT, data: operation(...args) });
  const trunk = await builder.mineChain(3, { transactions: [] });
  await builder.mine({ parents: [trunk[2]!], transactions: [call("store", 1n, 5n), call("store", 2n, 6n)] });
  const left = await builder.mineChain(2, { parents: [builder.blocks.at(-1)!] });
  const right = await builder.mineChain(3, { parents: [trunk[2]!], miner: minerAddress(1) });
  await builder.mine({
    parents: [right[2]!, left[1]!],
    transactions: [call("clear"), call("store", 3n, 7n)],
  });
  const good = builder.blocks.at(-1)!;
  const bad = await builder.mine({ tamper: ({ parents }) => ({ stateRoot: parents[0]! }), isKept: true });
  await builder.mineChain(3, { parents: [good], transactions: [] });
  await builder.mine({ parents: [builder.blocks.at(-1)!, bad], transactions: [call("destroy")] });
  for (let index = 0; index < 8; index++) {
    const parent = builder.blocks.at(-1)!;
    const beside = await builder.mine({ parents: [parent], miner: minerAddress(2) });
    const next = await builder.mine({
      parents: [parent],
      transactions: [transfer({ from: "bob", nonce: index, valueWei: COIN })],
    });
    await builder.mine({ parents: [next, beside] });
  }
  scenario = builder.blocks.slice(1);
  whole = await createTestChain({ parameters, isArchive: true });
  await whole.take(...scenario);
});

const STORED_FIRST = 24;

interface Crash {
  readonly fault: Fault;
  readonly taken: Hash[];
  readonly chain: TestChain | undefined;
  readonly store: ReturnType<typeof createMemoryStore>;
}

async function crashAt(n: number, fault: Fault): Promise<Crash | undefined> {
  const store = createFaultyStore(n, fault);
  const taken: Hash[] = [];
  const running: { chain?: TestChain } = {};
  const play = async (): Promise<void> => {
    running.chain = await createTestChain({ parameters, isArchive: true, store });
    for (const block of scenario) {
      await running.chain.importBlock(block);
      taken.push(block.hash);
    }
  };
  const ended = await Promise.race([
    play().then(
      () => "whole",
      () => "failed",
    ),
    store.died.then(() => "died"),
  ]);
  return ended === "whole" ? undefined : { fault, taken, chain: running.chain, store: store.under };
}

async function expectRecovery({ fault, taken, chain, store }: Crash): Promise<void> {
  if (fault === "refused" || fault === "unacknowledged") {
    if (chain !== undefined) await expectStopped(chain);
  }
  const reopened = await createTestChain({ parameters, isArchive: true, store });
  expect(verifyStore(store).problems).toEqual([]);
  for (const hash of taken) expect(reopened.view.dagBlock(hash)).toBeDefined();
  const { blocks } = reopened.view.counts();
  expect([taken.length + 1, taken.length + 2]).toContain(blocks);
  await reopened.take(...scenario.slice(blocks - 1));
  expect(reopened.view.head()).toEqual(whole.view.head());
  expect(contentOf(store)).toEqual(contentOf(whole.store));
}

async function expectStopped(chain: TestChain): Promise<void> {
  const error = await chain.importBlock(scenario.at(-1)!).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isTrellisError(error, "CHAIN_STOPPED")).toBe(true);
  expect(isTrellisError(chain.failure(), "STORE_WRITE_FAILED")).toBe(true);
  await chain.idle();
  const { view } = chain;
  const { hash, header } = view.head();
  expect(view.blockByNumber(header.number)?.hash).toBe(hash);
  const states = [view.stateAt(hash), builder.stateAfter(view.block(hash)!)];
  const balances = states.map((state) => state.account(minerAddress(0))?.balance);
  expect(balances[0]).toBe(balances[1]);
  await expect(chain.submit(transfer({ from: "dave", nonce: 0 }))).rejects.toMatchObject({
    code: "CHAIN_UNAVAILABLE",
    facts: { reason: "chain stopped: STORE_WRITE_FAILED" },
  });
  expect(chain.pool.contentFrom(addressOf("dave")).pending).toHaveLength(0);
}

describe("a restart resumes from the store after a failure at any write [EXEC-21]", () => {
  it.each(FAULTS)("%s, at every write in turn", async (fault) => {
    let n = 1;
    for (; ; n++) {
      const crash = await crashAt(n, fault);
      if (crash === undefined) break;
      await expectRecovery(crash);
    }
    expect(n - 1).toBe(scenario.length + 1);
  });

  it.each(FAULTS)("EXEC-26: %s, at every batch in turn: stores all of a batch or nothing", async (fault) => {
    for (let n = 2; ; n++) {
      const store = createFaultyStore(n, fault);
      let stored = 0;
      const play = async (): Promise<void> => {
        const chain = await createTestChain({ parameters, isArchive: true, store });
        for (let at = 0; at < scenario.length; at += 5) {
          await chain.exchange.importBlocks(scenario.slice(at, at + 5));
          stored = Math.min(at + 5, scenario.length);
        }
      };
      const ended = await Promise.race([
        play().then(
          () => "whole",
          () => "failed",
        ),
        store.died.then(() => "died"),
      ]);
      if (ended === "whole") {
        expect(n - 2).toBe(Math.ceil(scenario.length / 5));
        return;
      }
      expect(verifyStore(store.under).problems).toEqual([]);
      const reopened = await createTestChain({ parameters, isArchive: true, store: store.under });
      const count = reopened.view.counts().blocks - 1;
      expect([stored, Math.min(stored + 5, scenario.length)]).toContain(count);
      await reopened.exchange.importBlocks(scenario.slice(count));
      expect(reopened.view.head()).toEqual(whole.view.head());
      expect(contentOf(store.under)).toEqual(contentOf(whole.store));
    }
  });

  it.each(FAULTS)("EXEC-16: %s, at every part of a move of the base state", async (fault) => {
    const options = { parameters, isArchive: true, changesPerMove: 1 };
    const bases = new Set<number>();
    for (let n = 2; ; n++) {
      const store = createFaultyStore(n, fault);
      const ended = await Promise.race([
        createTestChain({ ...options, store }).then(async (chain) => {
          await chain.exchange.importBlocks(scenario.slice(0, STORED_FIRST));
          await chain.exchange.importBlocks(scenario.slice(STORED_FIRST));
          await chain.idle();
          if (chain.failure() !== undefined) throw chain.failure();
          return "whole";
        }),
        store.died,
      ]).catch(() => "failed");
      const { problems, base } = verifyStore(store.under);
      expect(problems).toEqual([]);
      bases.add(base!.number);
      const reopened = await createTestChain({ ...options, store: store.under });
      const count = reopened.view.counts().blocks - 1;
      expect([0, STORED_FIRST, scenario.length]).toContain(count);
      await reopened.exchange.importBlocks(scenario.slice(count));
      await reopened.exchange.limitFinality(undefined);
      await reopened.idle();
      expect(reopened.view.head()).toEqual(whole.view.head());
      expect(contentOf(store.under)).toEqual(contentOf(whole.store));
      if (ended === "whole") break;
    }
    expect(bases.size).toBeGreaterThan(4);
  });

  it("EXEC-16: a block arrives between two parts of a move of the base state", async () => {
    const store = createMemoryStore();
    const chain = await createTestChain({ parameters, isArchive: true, store, changesPerMove: 1 });
    await chain.exchange.importBlocks(scenario.slice(0, STORED_FIRST));
    const finalized: number[] = [];
    let atLastBlock = 0;
    chain.view.subscribe((event) => {
      if (event.kind === "finalized") finalized.push(event.number);
      if (event.kind === "block") atLastBlock = finalized.length;
    });
    await Promise.all([
      chain.exchange.importBlocks(scenario.slice(STORED_FIRST, -1)),
      chain.importBlock(scenario.at(-1)!),
    ]);
    await chain.idle();
    expect(finalized).toEqual(finalized.toSorted((a, b) => a - b));
    expect(finalized.length).toBeGreaterThan(atLastBlock + 1);
    expect(contentOf(store)).toEqual(contentOf(whole.store));
  });

  it("CHAIN_STOPPED: every import after a failed write", async () => {
    const crash = await crashAt(9, "refused");
    const [first, second] = await Promise.allSettled(
      scenario.slice(9, 11).map((block) => crash!.chain!.importBlock(block)),
    );
    expect([first, second].map((outcome) => (outcome as PromiseRejectedResult).reason.code)).toEqual([
      "CHAIN_STOPPED",
      "CHAIN_STOPPED",
    ]);
    expect((first as PromiseRejectedResult).reason.cause.code).toBe("STORE_WRITE_FAILED");
  });

  it("EXEC-31: CHAIN_UNAVAILABLE while the disk is full; the chain resumes when space is available", async () => {
    const disk: { shortage?: string } = {};
    const lines: string[] = [];
    const log = {
      ...silentLog,
      error: (event: string) => void lines.push(`error ${event}`),
      info: (event: string) => void lines.push(`info ${event}`),
    };
    const ports = { storageShortage: () => disk.shortage, log };
    const chain = await createTestChain({ parameters, isArchive: true, ports });
    await chain.take(...scenario.slice(0, 5));
    const before = contentOf(chain.store);
    disk.shortage = "no room";
    const unavailable = { code: "CHAIN_UNAVAILABLE", facts: { reason: "no room" } };
    for (let round = 0; round < 3; round++) {
      await expect(chain.importBlock(scenario[5]!)).rejects.toMatchObject(unavailable);
      await expect(chain.submit(transfer({ from: "dave", nonce: 0 }))).rejects.toMatchObject(unavailable);
      await expect(chain.mine()).rejects.toMatchObject(unavailable);
    }
    expect(await chain.exchange.importBlocks(scenario.slice(5, 6))).toMatchObject([
      { kind: "refused", error: unavailable },
    ]);
    expect(chain.failure()).toMatchObject(unavailable);
    expect(contentOf(chain.store)).toEqual(before);
    delete disk.shortage;
    expect(chain.failure()).toBeUndefined();
    await chain.take(...scenario.slice(5));
    expect(contentOf(chain.store)).toEqual(contentOf(whole.store));
    expect(lines).toEqual(["error import.paused", "info import.resumed"]);
  });

  it("logs each import at debug level", async () => {
    const lines: [string, unknown][] = [];
    const log = { ...silentLog, debug: (event: string, facts?: unknown) => void lines.push([event, facts]) };
    const chain = await createTestChain({ parameters, ports: { log } });
    await chain.take(scenario[0]!);
    const { hash: sink } = scenario[0]!;
    expect(lines).toEqual([["blocks.imported", { blocks: 1, removed: 0, added: 1, head: 1, sink }]]);
  });

  it("idle waits for imports requested meanwhile, so that the store can be closed", async () => {
    const chain = await createTestChain({ parameters });
    const first = chain.importBlock(scenario[0]!);
    const idle = chain.idle().then(() => chain.store.close());
    const second = chain.importBlock(scenario[1]!);
    await Promise.all([first, second, idle]);
    expect(chain.view.head().hash).toBe(scenario[1]!.hash);
  });

  it("the store is closed during an import", async () => {
    const chain = await createTestChain({ parameters });
    await chain.take(...scenario.slice(0, 3));
    await chain.store.close();
    await expect(chain.importBlock(scenario[3]!)).rejects.toMatchObject({
      code: "BLOCK_NOT_TAKEN",
      cause: { code: "STORE_CLOSED" },
    });
  });
});

describe("rolls back a block if this node fails while it verifies or executes it", () => {
  it("BLOCK_NOT_TAKEN: a failing engine, at every block in turn", async () => {
    const chain = await createTestChain({ parameters, isArchive: true });
    for (const block of scenario) {
      const before = dumpChain(chain);
      let runs = 0;
      const runsNeeded = await countRuns(chain, block);
      chain.evm.beforeBlock = () => {
        runs += 1;
        if (runs === runsNeeded) throw new RangeError("out of memory");
      };
      if (runsNeeded > 0) {
        await expect(chain.importBlock(block)).rejects.toMatchObject({
          code: "BLOCK_NOT_TAKEN",
          consequence: "retry",
          cause: expect.any(RangeError),
        });
        expect(dumpChain(chain)).toEqual(before);
      }
      chain.evm.beforeBlock = undefined;
      await chain.take(block);
    }
    // Excludes the DAG records: rolled-back blocks use up serials.
    const [content, expected] = [chain, whole].map(({ store }) =>
      [...contentOf(store)].filter(([key]) => !key.startsWith("0x04")),
    );
    expect(content).toEqual(expected);
    expect(chain.failure()).toBeUndefined();
    expect(wholeDag(await chain.reopen())).toEqual(wholeDag(whole));
  });

  it("CHAIN_STOPPED: rolls back a whole batch if one of its blocks reads damaged data [EXEC-26]", async () => {
    const damaged = storageErrors.STORE_CORRUPT({});
    const seals = { checkedCount: 0, failingAt: 0 };
    const ports = {
      async verifySeal() {
        seals.checkedCount += 1;
        if (seals.checkedCount === seals.failingAt) throw damaged;
        return true;
      },
    };
    const faults = [
      (chain: TestChain) => {
        let runs = 0;
        chain.evm.beforeBlock = () => {
          runs += 1;
          if (runs === 3) throw damaged;
        };
      },
      () => {
        seals.failingAt = seals.checkedCount + 3;
      },
    ];
    for (const breakSomething of faults) {
      seals.failingAt = 0;
      const chain = await createTestChain({ parameters, isArchive: true, ports });
      await chain.take(...scenario.slice(0, 3));
      const before = dumpChain(chain);
      breakSomething(chain);
      const stopped = { code: "CHAIN_STOPPED", cause: damaged };
      const batch = scenario.slice(3, 9);
      await expect(chain.exchange.importBlocks(batch)).rejects.toMatchObject(stopped);
      expect(dumpChain(chain)).toEqual({ ...before, failure: damaged });
      expect(batch.filter(({ hash }) => chain.exchange.has(hash))).toEqual([]);
    }
  });

  it("BLOCK_NOT_TAKEN: failing workers for signatures or seals", async () => {
    const failing = { recoverSenders: false, verifySeal: false };
    const chain = await createTestChain({
      parameters,
      ports: {
        async recoverSenders(transactions) {
          if (failing.recoverSenders) throw new TypeError("a worker has gone");
          return recoverSenders(transactions);
        },
        async verifySeal() {
          if (failing.verifySeal) throw new TypeError("a worker has gone");
          return true;
        },
      },
    });
    await chain.take(...scenario.slice(0, 3));
    const before = dumpChain(chain);
    for (const port of ["verifySeal", "recoverSenders"] as const) {
      failing[port] = true;
      await expect(chain.importBlock(scenario[3]!)).rejects.toMatchObject({ code: "BLOCK_NOT_TAKEN" });
      expect(dumpChain(chain)).toEqual(before);
      failing[port] = false;
    }
    await chain.take(scenario[3]!);
  });

  it("does not store a rolled-back block with the next block", async () => {
    const [chain, other] = [await createTestChain({ parameters }), await createTestChain({ parameters })];
    await chain.take(...scenario.slice(0, 3));
    chain.evm.beforeBlock = () => {
      throw new RangeError("once");
    };
    await expect(chain.importBlock(scenario[3]!)).rejects.toMatchObject({ code: "BLOCK_NOT_TAKEN" });
    chain.evm.beforeBlock = undefined;
    const sibling = scenario.find(
      ({ hash, header }) => hash !== scenario[3]!.hash && header.parents[0] === scenario[2]!.hash,
    );
    await chain.take(sibling!);
    await other.take(...scenario.slice(0, 3), sibling!);
    expect(chain.view.block(scenario[3]!.hash)).toBeUndefined();
    const [content, expected] = [chain, other].map(({ store }) =>
      [...contentOf(store)].filter(([key]) => !key.startsWith("0x04")),
    );
    expect(content).toEqual(expected);
  });

  it("keeps the next block while another is rolled back", async () => {
    const chain = await createTestChain({ parameters });
    chain.evm.beforeBlock = () => {
      chain.evm.beforeBlock = undefined;
      throw new RangeError("once");
    };
    const outcomes = await Promise.allSettled(
      [scenario[0]!, scenario[0]!, scenario[1]!].map((block) => chain.importBlock(block)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  });
});

async function countRuns(chain: TestChain, block: Block): Promise<number> {
  const store = createMemoryStore();
  const entries = [...chain.store.range({})].map(
    ([key, value]): WriteOperation => ({ kind: "put", key, value }),
  );
  await store.write(entries);
  const copy = await createTestChain({ parameters, isArchive: true, store });
  const before = copy.evm.blocksRun;
  await copy.take(block);
  return copy.evm.blocksRun - before;
}
