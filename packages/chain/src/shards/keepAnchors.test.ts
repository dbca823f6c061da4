import { type Block, parametersOfShard } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { beforeAll, describe, expect, it } from "vitest";
import { createFaultyStore } from "../chain/testing/faultyStore.ts";
import { contentOf, createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";
import { createRealEvm } from "../finality/testing/stakedNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { CHAIN_TABLES } from "../store/tables.ts";
import { finalAnchorsOf } from "./finalAnchors.ts";
import { ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const STRANGER = STRANGERS[0]!;
const ROUNDS = 6;
const CLOSED: FinalAnchors = {
  newest: () => undefined,
  at: () => undefined,
  stateOf: () => undefined,
  votersOf: () => undefined,
};

/** Chains of two shards, and their blocks. */
let shards: ShardChains;
let zeros: readonly Block[];
let ones: readonly Block[];

beforeAll(async () => {
  shards = await ShardChains.open(shardedNetwork(2));
  for (let round = 0; round < ROUNDS; round++) {
    await shards.mine(1, { transactions: [shards.send(1, 0, { to: STRANGER, value: 1n })] });
    await shards.mine(0, { transactions: [shards.send(0, 1, { to: STRANGER, value: 1n })] });
    await shards.round();
  }
  [zeros, ones] = shards.builders.map(({ blocks }) => blocks.slice(1)) as [Block[], Block[]];
  expect(shards.faults).toEqual([]);
});

const openShard = (shard: number, store: KeyValueStore, anchors?: FinalAnchors, historyDepth = 2) =>
  createTestChain({
    parameters: parametersOfShard(shards.network, shard),
    shard,
    store,
    historyDepth,
    ports: { evm: createRealEvm(), anchors },
  });

describe("SHARD-22: shard 0", () => {
  it("knows records and values of final blocks whose states it has dropped, also after a restart", async () => {
    const store = createMemoryStore();
    let chain = await openShard(0, store);
    await chain.take(...zeros);
    const expected = finalAnchorsOf(() => shards.chains[0]!.view);
    const { number } = shards.chains[0]!.view.finalized().header;
    expect(number).toBeGreaterThan(10);
    expect(() => chain.view.stateAt(chain.view.hashByNumber(2)!)).toThrow();
    for (let opening = 0; opening < 2; opening++) {
      const anchors = finalAnchorsOf(() => chain.view);
      for (let at = 1; at <= number; at++) {
        const anchor = anchors.at(at)!;
        expect(anchor).toEqual(expected.at(at));
        expect(anchors.stateOf(anchor.hash)).toEqual(expected.stateOf(anchor.hash));
      }
      expect(anchors.at(number + 1)).toBeUndefined();
      expect(anchors.stateOf(chain.view.head().hash)).toBeUndefined();
      chain = await chain.reopen();
    }
    expect(verifyStore(store).problems).toEqual([]);
  });

  it("keeps rows of a network with several shards only", async () => {
    const store = createMemoryStore();
    const chain = await createTestChain({ store });
    for (let count = 0; count < 12; count++) await chain.mine();
    const { id } = CHAIN_TABLES.anchors;
    expect([...store.range({ from: Uint8Array.of(id), to: Uint8Array.of(id + 1) })]).toEqual([]);
  });
});

describe("SHARD-22: another shard", () => {
  it("opens while shard 0 is closed or has lost its last blocks, and continues with it", async () => {
    const store = createMemoryStore();
    const chain = await openShard(1, store, shards.anchors);
    await chain.take(...ones.slice(0, -1));
    for (const closed of [CLOSED, { ...CLOSED, newest: () => shards.anchors.at(1) }]) {
      const reopened = await openShard(1, store, closed);
      expect(reopened.view.head()).toEqual(chain.view.head());
    }
    const reopened = await openShard(1, store, shards.anchors);
    await reopened.take(ones.at(-1)!);
    expect(reopened.view.head().hash).toBe(shards.chains[1]!.view.head().hash);
    expect(verifyStore(store).problems).toEqual([]);
  });

  it("verifyStore reports a missing or other anchor", async () => {
    const store = createMemoryStore();
    const chain = await openShard(1, store, shards.anchors);
    await chain.take(...ones);
    const { id } = CHAIN_TABLES.anchors;
    const rows = [...store.range({ from: Uint8Array.of(id, 0, 0), to: Uint8Array.of(id, 0, 1) })];
    await store.write([{ kind: "delete", key: rows.at(-1)![0] }]);
    expect(verifyStore(store).problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^anchors: the anchor of block \d+ is undefined, not 0x/),
      ]),
    );
    await store.write([{ kind: "put", key: rows.at(-1)![0], value: rows[0]![1] }]);
    expect(verifyStore(store).problems).toEqual(
      expect.arrayContaining([expect.stringMatching(/^anchors: the key of 0x/)]),
    );
  });

  it.each([0, 1])("a crash at any write of shard %i loses no anchor", async (shard) => {
    const blocks = [zeros.slice(0, 9), ones.slice(0, 6)][shard]!;
    const anchors = shard === 0 ? undefined : shards.anchors;
    const whole = await openShard(shard, createMemoryStore(), anchors);
    await whole.take(...blocks);
    for (const fault of ["died before", "died after"] as const) {
      for (let at = 1; ; at++) {
        const store = createFaultyStore(at, fault);
        const ended = await Promise.race([play(store), store.died.then(() => "died")]);
        if (ended === "whole") break;
        const reopened = await openShard(shard, store.under, shard === 0 ? undefined : CLOSED);
        expect(verifyStore(store.under).problems).toEqual([]);
        const { blocks: stored } = reopened.view.counts();
        const restarted = await openShard(shard, store.under, anchors);
        await restarted.take(...blocks.slice(stored - 1));
        expect(restarted.view.head()).toEqual(whole.view.head());
        expect(contentOf(store.under)).toEqual(contentOf(whole.store));
      }
    }

    async function play(store: KeyValueStore): Promise<string> {
      try {
        const chain: TestChain = await openShard(shard, store, anchors);
        await chain.take(...blocks);
        return "whole";
      } catch {
        return "failed";
      }
    }
  });
});
