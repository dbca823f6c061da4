import { concatBytes, hexToBytes } from "@trellis/base";
import { KEY_REGISTRY_ADDRESS, keyRegistrySlot } from "@trellis/contracts";
import type { Block, ChainEvent, Hash, Header, NetworkParameters } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { contentOf, createTestChain, type TestChain } from "./testing/testChain.ts";
import { operation } from "./testing/testEvm.ts";
import {
  addressOf,
  COIN,
  CONTRACT,
  keyIdOf,
  minerAddress,
  secretOf,
  slotOf,
  testParameters,
  transfer,
  transferByKey,
} from "./testing/testNetwork.ts";

async function begin(overrides: Partial<NetworkParameters> = {}) {
  const parameters = testParameters(overrides);
  const builder = await TestBlockBuilder.open(parameters);
  const chain = await createTestChain({ parameters });
  const events: ChainEvent[] = [];
  chain.view.subscribe((event) => events.push(event));
  return { builder, chain, events, genesis: builder.genesis };
}

function told(events: readonly ChainEvent[]): string[] {
  return events.map((event) =>
    event.kind === "added" || event.kind === "removed"
      ? `${event.kind} ${event.block.hash}`
      : `${event.kind} ${event.hash}`,
  );
}

async function twoBranches(builder: TestBlockBuilder, lengths: [number, number] = [3, 4]) {
  const parents = [builder.genesis];
  const short = await builder.mineChain(lengths[0], { parents, miner: minerAddress(1) });
  const long = await builder.mineChain(lengths[1], { parents, miner: minerAddress(2) });
  return { short, long };
}

describe("the selected chain moves to the heaviest branch [EXEC-19]", () => {
  it("events: removed newest first, added oldest first, the block before them", async () => {
    const { builder, chain, events } = await begin();
    const { short, long } = await twoBranches(builder);
    await chain.take(...short, ...long.slice(0, 2));
    events.length = 0;
    await chain.take(...long.slice(2));
    const moved = told(events);
    const at = moved.findIndex((line) => line.startsWith("removed"));
    const added = moved.slice(at).filter((line) => line.startsWith("added"));
    expect(moved.filter((line) => line.startsWith("removed"))).toEqual(
      short.toReversed().map(({ hash }) => `removed ${hash}`),
    );
    expect(added.slice(0, long.length)).toEqual(
      long.slice(0, added.length).map(({ hash }) => `added ${hash}`),
    );
    expect(moved[at - 1]).toMatch(/^block /);
    expect(chain.view.head().hash).toBe(long[3]!.hash);
  });

  it("numbers, states, receipts and positions follow; the old branch stays readable", async () => {
    const { builder, chain, genesis } = await begin();
    const first = transfer({ from: "alice", nonce: 0, valueWei: 3n * COIN, to: addressOf("carol") });
    const both = transfer({ from: "bob", nonce: 0, valueWei: COIN, to: addressOf("carol") });
    const store = transfer({ from: "dave", nonce: 0, to: CONTRACT, data: operation("store", 1n, 11n) });
    const a = await builder.mine({ parents: [genesis], transactions: [first, both] });
    const b = await builder.mine({
      parents: [genesis],
      transactions: [store],
      timestampMs: a.header.timestampMs + 7,
    });
    const b2 = await builder.mine({ parents: [b], transactions: [both] });
    await chain.take(a);
    const before = chain.view.locate(both.hash);
    expect(before).toMatchObject({ index: 1, block: { hash: a.hash } });
    await chain.take(b, b2);

    const { view } = chain;
    expect([0, 1, 2, 3].map((number) => view.blockByNumber(number)?.hash)).toEqual([
      genesis.hash,
      b.hash,
      b2.hash,
      undefined,
    ]);
    expect([a, b, b2].map(({ hash }) => view.isOnSelectedChain(hash))).toEqual([false, true, true]);
    expect(view.locate(first.hash)).toBeUndefined();
    expect(view.transactionStatus(first.hash)).toEqual({ kind: "included", carriers: [a.hash] });
    expect(view.locate(both.hash)).toMatchObject({ index: 0, block: { hash: b2.hash } });
    expect(view.locate(both.hash)!.block.transactions[0]!.receipt.cumulativeGasUsed).toBe(21_000n);
    const [now, then] = [view.stateAt(b2.hash), view.stateAt(a.hash)];
    expect(now.account(addressOf("carol"))!.balance).toBe(1_001n * COIN);
    expect(then.account(addressOf("carol"))!.balance).toBe(1_004n * COIN);
    expect([now, then].map((state) => state.storage(CONTRACT, slotOf(1n)))).toEqual([11n, 0n]);
    expect(view.blockByHash(a.hash)!.transactions).toHaveLength(2);
    expect(view.dagBlock(a.hash)).toMatchObject({
      isChainBlock: false,
      mergedBy: undefined,
      color: undefined,
    });
  });

  it("transactions return to the mempool and are mined again", async () => {
    const { builder, chain, genesis } = await begin();
    const transactions = [0, 1, 2].map((nonce) => transfer({ from: "alice", nonce, valueWei: COIN }));
    await chain.submit(...transactions);
    await chain.mine();
    expect(chain.pool.status()).toMatchObject({ pending: 0, queued: 0 });
    const old = chain.view.head().hash;
    const branch = await builder.mineChain(2, { parents: [genesis], transactions: [] });
    await chain.take(...branch);
    expect(chain.view.isOnSelectedChain(old)).toBe(false);
    expect(chain.pool.status()).toMatchObject({ pending: 3, queued: 0 });
    expect(chain.view.transactionStatus(transactions[0]!.hash)).toMatchObject({ kind: "included" });

    await chain.mine();
    expect(chain.view.head().header.parents).toContain(old);
    expect(chain.view.head().transactions.map(({ carrier }) => carrier)).toEqual([old, old, old]);
    expect(chain.pool.status()).toMatchObject({ pending: 0, queued: 0 });
    expect(chain.view.transactionStatus(transactions[2]!.hash)).toMatchObject({
      kind: "accepted",
      blockNumber: 3,
    });
  });

  it("after many reorganisations everything equals a chain that saw only the winner", async () => {
    const { builder, chain, genesis } = await begin();
    const branches: Block[][] = [[], []];
    const order: Block[] = [];
    for (let round = 0; round < 12; round++) {
      const side = round % 2;
      for (let step = 0; step < (round === 0 ? 1 : 2); step++) {
        const branch = branches[side]!;
        const nonce = branch.length;
        const block = await builder.mine({
          parents: [branch.at(-1) ?? genesis],
          miner: minerAddress(side),
          transactions: [
            transfer({
              from: "alice",
              nonce,
              to: CONTRACT,
              data: operation("store", BigInt(nonce % 3), BigInt(100 * side + nonce)),
            }),
          ],
        });
        branch.push(block);
        order.push(block);
      }
    }
    await chain.take(...order);
    const winner = branches[1]!;
    const alone = await createTestChain({ parameters: builder.parameters });
    await alone.take(...winner);
    expect(chain.view.head()).toEqual(alone.view.head());
    for (let number = 0; number <= winner.length; number++) {
      expect(chain.view.blockByNumber(number)).toEqual(alone.view.blockByNumber(number));
    }
    const tablesOf = (from: TestChain, ids: readonly number[]) =>
      [...contentOf(from.store)].filter(([key]) => ids.includes(Number.parseInt(key.slice(2, 4), 16)));
    expect(tablesOf(chain, [6, 7, 32, 33, 34, 35])).toEqual(tablesOf(alone, [6, 7, 32, 33, 34, 35]));
  });

  it("a heavier chain may have lower block numbers", async () => {
    const { builder, chain, genesis } = await begin();
    const thin = await builder.mineChain(4, { parents: [genesis] });
    const wide: Block[] = [];
    for (let index = 0; index < 6; index++)
      wide.push(await builder.mine({ parents: [genesis], miner: minerAddress(index) }));
    const merging = await builder.mine({ parents: wide });
    await chain.take(...thin, ...wide, merging);
    expect(chain.view.head().hash).toBe(merging.hash);
    expect(chain.view.head().header.number).toBe(2);
    expect(chain.view.blockByNumber(3)).toBeUndefined();
    expect(verifyStore(chain.store).problems).toEqual([]);
    expect((await chain.reopen()).view.head()).toEqual(chain.view.head());
  });

  it("at equal work the branch with the greater hash wins, in any order of arrival", async () => {
    const { builder, chain, genesis } = await begin();
    const [a, b] = [await builder.mine({ parents: [genesis] }), await builder.mine({ parents: [genesis] })];
    const winner = a.hash > b.hash ? a : b;
    await chain.take(a, b);
    expect(chain.view.head().hash).toBe(winner.hash);
    const other = await createTestChain({ parameters: builder.parameters });
    await other.take(b, a);
    expect(other.view.head().hash).toBe(winner.hash);
  });
});

describe("a block that names wrong roots is disqualified [EXEC-13] [EXEC-20]", () => {
  const wrong: [string, (header: Header) => Partial<Header>][] = [
    ["stateRoot", ({ parents }) => ({ stateRoot: parents[0]! })],
    ["acceptedRoot", ({ parents }) => ({ acceptedRoot: parents[0]! })],
    ["receiptsRoot", ({ parents }) => ({ receiptsRoot: parents[0]! })],
    ["gasUsed", ({ gasUsed }) => ({ gasUsed: gasUsed + 1n })],
    ["logsBloom", ({ logsBloom }) => ({ logsBloom: logsBloom.map((byte) => byte ^ 1) })],
  ];

  it.each(wrong)("%s: the chain continues beside it and merges it", async (_, tamper) => {
    const { builder, chain } = await begin();
    const trunk = await builder.mineChain(2);
    const carried = transfer({ from: "alice", nonce: 0, valueWei: COIN });
    const bad = await builder.mine({ transactions: [carried], tamper, isKept: true });
    const onBad = await builder.mine({ parents: [bad] });
    await chain.take(...trunk, bad, onBad);
    expect(chain.view.head().hash).toBe(trunk[1]!.hash);
    expect(chain.view.tips()).toEqual([onBad.hash]);
    expect([bad, onBad].map(({ hash }) => chain.view.dagBlock(hash)!.isDisqualified)).toEqual([true, true]);
    expect(chain.view.transactionStatus(carried.hash)).toEqual({ kind: "included", carriers: [bad.hash] });

    const beside = await builder.mineChain(2, { parents: [trunk[1]!] });
    await chain.take(...beside);
    expect(chain.view.head().hash).toBe(beside[1]!.hash);
    const third = await builder.mine({ parents: [beside[1]!] });
    const merging = await builder.mine({ parents: [third, onBad] });
    await chain.take(third, merging);
    expect(chain.view.head().hash).toBe(merging.hash);
    expect(chain.view.head().carriers).toEqual([bad.hash, onBad.hash, merging.hash]);
    expect(chain.view.locate(carried.hash)).toMatchObject({ block: { hash: merging.hash }, index: 0 });
    expect(chain.view.dagBlock(bad.hash)).toMatchObject({ isDisqualified: true, mergedBy: merging.hash });
  });

  it("templates extend the chain beside it, and merge it when they are heavier", async () => {
    const { builder, chain } = await begin();
    const [first] = await builder.mineChain(1);
    const bad = await builder.mine({ tamper: () => ({ stateRoot: first!.hash }), isKept: true });
    await chain.take(first!, bad);
    const mined: Hash[] = [];
    for (let count = 0; count < 3; count++) mined.push(await chain.mine());
    const carriers = mined.map((hash) => chain.view.blockByHash(hash)!.carriers.length);
    expect(carriers.reduce((sum, count) => sum + count)).toBe(4);
    expect(chain.view.head().header.number).toBe(4);
    expect(chain.view.dagBlock(bad.hash)!.mergedBy).toBeDefined();
  });

  it("it stays disqualified after a restart, and is not executed again", async () => {
    const { builder, chain } = await begin();
    const trunk = await builder.mineChain(2);
    const bad = await builder.mine({ tamper: () => ({ gasUsed: 5n }), isKept: true });
    await chain.take(...trunk, bad);
    const reopened = await chain.reopen();
    const run = reopened.evm.blocksRun;
    await reopened.take(await builder.mine({ parents: [bad] }));
    expect(reopened.evm.blocksRun).toBe(run);
    expect(reopened.view.head().hash).toBe(trunk[1]!.hash);
  });

  it("it is executed once for any number of candidates above it", async () => {
    const { builder, chain } = await begin();
    const { short, long } = await twoBranches(builder, [3, 1]);
    const bad = await builder.mine({ parents: long, tamper: () => ({ gasUsed: 1n }), isKept: true });
    const onBad = await builder.mineChain(4, { parents: [bad] });
    await chain.take(...short, ...long, bad);
    const run = chain.evm.blocksRun;
    await chain.take(...onBad);
    expect(chain.view.head().hash).toBe(short[2]!.hash);
    expect(chain.evm.blocksRun - run).toBeLessThanOrEqual(2);
  });

  it("a branch that becomes invalid is left after its valid blocks were tried", async () => {
    const { builder, chain, events } = await begin();
    const { short, long } = await twoBranches(builder, [3, 2]);
    const bad = await builder.mine({ parents: [long[1]!], tamper: () => ({ gasUsed: 1n }), isKept: true });
    const onBad = await builder.mineChain(3, { parents: [bad] });
    await chain.take(...short, ...long, bad, ...onBad);
    expect(chain.view.head().hash).toBe(short[2]!.hash);
    expect(told(events).filter((line) => line.startsWith("removed"))).toEqual([]);
    expect(chain.view.blockByHash(long[1]!.hash)).toBeDefined();
    const good = await builder.mineChain(3, { parents: [long[1]!] });
    await chain.take(...good);
    expect(chain.view.head().hash).toBe(good[2]!.hash);
  });
});

describe("finality by depth [EXEC-18]", () => {
  const depth = 6;

  it("fork choice never leaves the final block, at any weight of another branch", async () => {
    const { builder, chain, events } = await begin({ finalityDepth: depth });
    const { short, long } = await twoBranches(builder, [depth + 3, depth + 20]);
    await chain.take(...short);
    const final = chain.view.finalized();
    expect(final.header.number).toBe(2);
    expect(told(events).filter((line) => line.startsWith("finalized"))).toEqual(
      short.slice(0, 2).map(({ hash }) => `finalized ${hash}`),
    );
    await chain.take(...long);
    expect(chain.view.head().hash).toBe(short.at(-1)!.hash);
    expect(chain.view.finalized().hash).toBe(final.hash);
    await chain.mine();
    expect(chain.view.head().header.parents[0]).toBe(short.at(-1)!.hash);
    const other = await createTestChain({ parameters: builder.parameters });
    await other.take(...long, ...short);
    expect(other.view.head().hash).toBe(long.at(-1)!.hash);
  });

  it("follows a reorganisation of any depth above it", async () => {
    const { builder, chain } = await begin({ finalityDepth: 40 });
    const { short, long } = await twoBranches(builder, [38, 39]);
    await chain.take(...short, ...long);
    expect(chain.view.head().hash).toBe(long.at(-1)!.hash);
  });

  it("a header's finalized block is the one that its selected parent finalizes", async () => {
    const { builder, chain } = await begin({ finalityDepth: depth });
    await builder.mineChain(20);
    await chain.take(...builder.blocks.slice(1));
    for (const block of builder.blocks.slice(1)) {
      const final = builder.blocks[Math.max(0, block.header.number - 1 - depth - 1)]!;
      expect(block.header.finalized).toBe(final.hash);
    }
    expect(chain.view.finalized().hash).toBe(builder.blocks[20 - depth - 1]!.hash);
  });

  it("safe is ten chain blocks below the head, and never below the final block", async () => {
    const { builder, chain } = await begin({ finalityDepth: 30 });
    await builder.mineChain(12);
    await chain.take(...builder.blocks.slice(1));
    expect(chain.view.safe().header.number).toBe(2);
    const near = await begin({ finalityDepth: 4 });
    await near.builder.mineChain(12);
    await near.chain.take(...near.builder.blocks.slice(1));
    expect(near.chain.view.safe().hash).toBe(near.chain.view.finalized().hash);
  });
});

describe("a rotated key is valid from the next chain block [TX-10]", () => {
  const newSecret = secretOf("erin");
  const rotate = (nonce: number) =>
    transfer({ from: "alice", nonce, to: KEY_REGISTRY_ADDRESS, data: hexToBytes(keyIdOf(newSecret)) });

  it("the rotating block accepts the old key, the next block only the new key", async () => {
    const { builder, chain } = await begin();
    const one = await builder.mine({
      transactions: [
        rotate(0),
        transfer({ from: "alice", nonce: 1 }),
        transferByKey({ from: "alice", nonce: 2 }, newSecret),
      ],
    });
    const two = await builder.mine({
      transactions: [
        transfer({ from: "alice", nonce: 2 }),
        transferByKey({ from: "alice", nonce: 2 }, newSecret),
      ],
    });
    await chain.take(one, two);
    const [first, second] = [chain.view.blockByNumber(1)!, chain.view.blockByNumber(2)!];
    expect(first.transactions).toHaveLength(2);
    expect(first.skipped.map(({ reason }) => reason)).toEqual(["KEY_NOT_VALID"]);
    expect(second.transactions.map(({ transaction }) => transaction.hash)).toEqual([
      two.body.transactions[1]!.hash,
    ]);
    expect(second.skipped).toEqual([
      { transactionHash: two.body.transactions[0]!.hash, carrier: two.hash, reason: "KEY_NOT_VALID" },
    ]);
    expect(
      chain.view.stateAt(two.hash).storage(KEY_REGISTRY_ADDRESS, keyRegistrySlot(addressOf("alice"))),
    ).toBe(BigInt(keyIdOf(newSecret)));
  });

  it("skips transactions of the old key in a merged block", async () => {
    const { builder, chain, genesis } = await begin();
    const rotating = await builder.mine({ parents: [genesis], transactions: [rotate(0)] });
    const second = await builder.mine({ parents: [rotating] });
    const parallel = await builder.mine({
      parents: [genesis],
      transactions: [transfer({ from: "alice", nonce: 1 })],
    });
    const merging = await builder.mine({ parents: [second, parallel] });
    await chain.take(rotating, second, parallel, merging);
    expect(chain.view.head().skipped).toEqual([
      {
        transactionHash: parallel.body.transactions[0]!.hash,
        carrier: parallel.hash,
        reason: "KEY_NOT_VALID",
      },
    ]);
  });

  it("mempool and templates follow, also when the rotation is reorganised away", async () => {
    const { builder, chain, genesis } = await begin();
    await chain.submit(rotate(0), transfer({ from: "alice", nonce: 1 }));
    await chain.mine();
    expect(chain.view.head().transactions).toHaveLength(2);
    await expect(chain.submit(transfer({ from: "alice", nonce: 2 }))).rejects.toMatchObject({
      code: "KEY_NOT_VALID",
    });
    await chain.submit(transferByKey({ from: "alice", nonce: 2 }, newSecret));
    await chain.take(...(await builder.mineChain(2, { parents: [genesis] })));
    expect(
      chain.pool.contentFrom(addressOf("alice")).pending.map(({ transaction }) => transaction.nonce),
    ).toEqual([0n, 1n]);
  });
});

it("finalizing the storage of a genesis contract does not change genesis", async () => {
  const { builder, chain } = await begin({ finalityDepth: 2 });
  const data = concatBytes(hexToBytes(keyIdOf(secretOf("bob"))));
  await builder.mine({
    transactions: [transfer({ from: "dave", nonce: 0, to: KEY_REGISTRY_ADDRESS, data })],
  });
  await builder.mineChain(5);
  await chain.take(...builder.blocks.slice(1));
  const reopened = await chain.reopen();
  expect(reopened.view.head()).toEqual(chain.view.head());
});
