import { type ChainEvent, EMPTY_TRIE_ROOT } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { stakedParameters } from "../finality/testing/stakedNetwork.ts";
import { ValidatorNetwork } from "../finality/testing/ValidatorNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { createMemoryJournal } from "../mempool/journal/testing/createMemoryJournal.ts";
import { createFaultyStore, FAULTS } from "./testing/faultyStore.ts";
import { contentOf, createTestChain, type TestChain, type TestChainOptions } from "./testing/testChain.ts";
import { addressOf, COIN, slotOf, transfer } from "./testing/testNetwork.ts";

const BLOCKS = 40;

/** Final blocks, transactions, overrides, and a snapshot. */
async function usedChain(options: TestChainOptions = {}): Promise<TestChain> {
  const chain = await createTestChain({ isArchive: true, ...options });
  for (let nonce = 0; nonce < BLOCKS; nonce++) {
    await chain.submit(transfer({ from: "alice", nonce, valueWei: COIN }));
    await chain.mine();
  }
  const code = Uint8Array.of(0x60, 0x01);
  const state = { code, nonce: 5n, stateDiff: new Map([[slotOf(1n), 9n]]) };
  await chain.mine({ override: new Map([[addressOf("carol"), state]]) });
  chain.control!.set({ gasLimit: 9_000_000n, miner: addressOf("dave") });
  await chain.mine();
  await chain.control!.snapshot();
  await chain.mine();
  await chain.submit(transfer({ from: "alice", nonce: BLOCKS }));
  return chain;
}

function storedIn(store: KeyValueStore): ReadonlyMap<string, unknown> {
  const isCounter = (key: string) => Buffer.from(key.slice(2), "hex").includes("snapshotNext");
  return new Map([...contentOf(store)].filter(([key]) => !isCounter(key)));
}

describe("a reset [DEV-6]", () => {
  it("returns to genesis, below the final block, in memory and in the store", async () => {
    const fresh = await createTestChain({ isArchive: true });
    const chain = await usedChain();
    expect(chain.view.finalized().header.number).toBeGreaterThan(10);
    expect(chain.view.stateAt(chain.view.genesisHash).account(addressOf("carol"))?.nonce).toBe(0n);
    const events: ChainEvent[] = [];
    chain.view.subscribe((event) => events.push(event));

    expect(await chain.control!.reset()).toBe(true);
    expect(chain.view.head()).toEqual(fresh.view.head());
    expect(chain.view.finalized()).toEqual(fresh.view.head());
    expect(chain.view.counts()).toEqual(fresh.view.counts());
    expect(chain.pool.status()).toMatchObject({ pending: 0, queued: 0 });
    expect(chain.control!.settings).toEqual({});
    expect(chain.control!.snapshotCount).toBe(0);
    expect(chain.control!.nowMs()).toBe(chain.clock.ms);
    expect(events.map(({ kind }) => kind)).toEqual(new Array(BLOCKS + 3).fill("removed"));
    expect(storedIn(chain.store)).toEqual(storedIn(fresh.store));
    const state = chain.view.stateAt(chain.view.head().hash);
    expect(state.account(addressOf("carol"))).toMatchObject({ nonce: 0n, storageRoot: EMPTY_TRIE_ROOT });
    expect(state.storage(addressOf("carol"), slotOf(1n))).toBe(0n);
  });

  it("is followed by a chain like the first one, also after a restart", async () => {
    const chain = await usedChain();
    for (let time = 0; time < 2; time++) {
      expect(await chain.control!.reset()).toBe(true);
      await chain.submit(transfer({ from: "alice", nonce: 0, valueWei: COIN }));
      for (let made = 0; made < BLOCKS; made++) await chain.mine();
    }
    expect(chain.view.finalized().header.number).toBeGreaterThan(10);
    const reopened = await chain.reopen();
    for (const { view } of [chain, reopened]) {
      expect(view.head().header.number).toBe(BLOCKS);
      const balanceAt = (number: number) =>
        view.stateAt(view.blockByNumber(number)!.hash).account(addressOf("bob"))!.balance;
      expect([0, 1, BLOCKS].map(balanceAt)).toEqual([1_000n * COIN, 1_001n * COIN, 1_001n * COIN]);
    }
    expect(verifyStore(chain.store)).toMatchObject({ problems: [] });
  });

  it("ends the validators' checkpoints, and lets them vote again", async () => {
    const network = await ValidatorNetwork.open(stakedParameters({ validators: ["alice"] }), ["alice"]);
    const [node] = network.nodes;
    const { chain, store } = node!;
    expect(await network.time.run(60_000, () => network.slowest >= 12)).toBe(true);
    const before = chain.finality.certificate(5)!.value;
    expect(await chain.control!.reset()).toBe(true);
    expect(chain.finality.status().finalized.number).toBe(0);
    expect([...chain.finality.certificatesFrom(1, 100)]).toEqual([]);
    expect(chain.view.blockByHash(before)).toBeUndefined();
    expect(await network.time.run(60_000, () => network.slowest >= 12)).toBe(true);
    expect(chain.finality.certificate(5)!.value).not.toBe(before);
    expect(chain.view.isOnSelectedChain(chain.finality.certificate(12)!.value)).toBe(true);
    expect(verifyStore(store)).toMatchObject({ problems: [] });
    expect(node!.errors).toEqual([]);
  });

  it("is done completely or not at all when a crash interrupts it", async () => {
    for (const fault of FAULTS) {
      const scout = createFaultyStore(Number.POSITIVE_INFINITY, fault);
      await usedChain({ store: scout, journal: createMemoryJournal() });
      const store = createFaultyStore(scout.writeCount + 1, fault);
      const journal = createMemoryJournal();
      const chain = await usedChain({ store, journal });
      await Promise.race([chain.control!.reset().catch(() => {}), store.died]);
      const reopened = await createTestChain({ store: store.under, journal, isArchive: true });
      expect(reopened.pool.status().pending).toBe(0);
      const isDone = fault === "unacknowledged" || fault === "died after";
      expect(reopened.view.head().header.number).toBe(isDone ? 0 : BLOCKS + 3);
      expect(verifyStore(store.under)).toMatchObject({ problems: [] });
      expect(await reopened.control!.reset()).toBe(true);
      expect(reopened.view.head().header.number).toBe(0);
    }
  });

  it("changes nothing if there are too many blocks", async () => {
    const store = createMemoryStore();
    const chain = await usedChain({
      store,
      snapshotLimits: { blocksMax: BLOCKS + 3, countMax: 10, stepMax: 500 },
    });
    const before = contentOf(store);
    expect(await chain.control!.reset()).toBe(false);
    expect(contentOf(store)).toEqual(before);
    expect(chain.pool.status().pending).toBe(1);
    const larger = await usedChain({ snapshotLimits: { blocksMax: BLOCKS + 4, countMax: 10, stepMax: 500 } });
    expect(await larger.control!.reset()).toBe(true);
  });
});
