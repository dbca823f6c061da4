import { bytesToHex } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import {
  type Address,
  type ChainEvent,
  createTransaction,
  EMPTY_CODE_HASH,
  type Hash,
  impersonatedSender,
  impersonatedSignature,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { createMemoryJournal } from "../mempool/journal/testing/createMemoryJournal.ts";
import type { ChainControl } from "./ChainControl.ts";
import { createFaultyStore, FAULTS } from "./testing/faultyStore.ts";
import { contentOf, createTestChain, type TestChain } from "./testing/testChain.ts";
import { addressOf, COIN, slotOf, testParameters, transfer } from "./testing/testNetwork.ts";

const NEW: Address = `0x${"77".repeat(20)}`;

function controlOf(chain: TestChain): ChainControl {
  return chain.control!;
}

function balanceOf({ view }: TestChain, address: Address, block: Hash = view.head().hash): bigint {
  return view.stateAt(block).account(address)?.balance ?? 0n;
}

async function mineChain(chain: TestChain, count: number): Promise<Hash[]> {
  const hashes: Hash[] = [];
  for (let made = 0; made < count; made++) hashes.push(await chain.mine());
  return hashes;
}

it("only networks that allow it have a control [DEV-1]", async () => {
  const chain = await createTestChain({ parameters: testParameters({ isControlled: false }) });
  expect(chain.control).toBeUndefined();
  const block = await chain.mine({ override: new Map([[NEW, { balance: COIN }]]) });
  expect(balanceOf(chain, NEW, block)).toBe(0n);
});

describe("an override [DEV-4]", () => {
  const code = Uint8Array.of(0x60, 0x01);
  const override = new Map([
    [NEW, { balance: 5n * COIN, nonce: 7n }],
    [addressOf("bob"), { code, stateDiff: new Map([[slotOf(1n), 9n]]) }],
    [`0x${"78".repeat(20)}` as Address, { stateDiff: new Map([[slotOf(2n), 3n]]) }],
  ]);

  async function overridden(): Promise<TestChain> {
    const chain = await createTestChain({ isArchive: true });
    await chain.mine();
    await chain.submit(transfer({ from: "alice", nonce: 0 }));
    await chain.mine({ override });
    return chain;
  }

  function expectOverridden({ view }: TestChain, block: Hash): void {
    const state = view.stateAt(block);
    expect(state.account(NEW)).toEqual(expect.objectContaining({ balance: 5n * COIN, nonce: 7n }));
    expect(state.account(addressOf("bob"))).toEqual(
      expect.objectContaining({ balance: 1_000n * COIN, codeHash: keccak256Hex(code) }),
    );
    expect(state.storage(addressOf("bob"), slotOf(1n))).toBe(9n);
    expect(state.storage(`0x${"78".repeat(20)}`, slotOf(2n))).toBe(3n);
  }

  it("sets balances, nonces, code and slots, and leaves transactions in the pool", async () => {
    const chain = await overridden();
    const { hash, timestamp, transactions } = chain.view.head();
    expect(transactions).toEqual([]);
    expect(timestamp).toBe(chain.view.blockByNumber(1)!.timestamp);
    expect(chain.pool.status().pending).toBe(1);
    expectOverridden(chain, hash);
    expect(balanceOf(chain, NEW, chain.view.blockByNumber(1)!.hash)).toBe(0n);
  });

  it("is executed again after a restart, and stays when it is final", async () => {
    const chain = await overridden();
    const { hash } = chain.view.head();
    const reopened = await chain.reopen();
    expect(reopened.view.head().hash).toBe(hash);
    expectOverridden(reopened, hash);
    await mineChain(reopened, 30);
    expect(reopened.view.finalized().header.number).toBeGreaterThan(2);
    expectOverridden(reopened, reopened.view.head().hash);
    expectOverridden(reopened, hash);
    const report = verifyStore(reopened.store);
    expect(report).toMatchObject({ problems: [] });
  });

  it("pays no reward to the miner that was set", async () => {
    const chain = await createTestChain();
    controlOf(chain).set({ miner: NEW });
    await chain.mine({ override: new Map([[NEW, { balance: 7n }]]) });
    expect(balanceOf(chain, NEW)).toBe(7n);
    await chain.mine();
    expect(chain.view.head().header.miner).toBe(NEW);
    expect(balanceOf(chain, NEW)).toBe(7n + COIN);
  });

  it("can delete an account, and set an empty one", async () => {
    const chain = await createTestChain();
    await chain.mine({ override: new Map([[addressOf("bob"), { balance: 0n }]]) });
    expect(chain.view.stateAt(chain.view.head().hash).account(addressOf("bob"))).toBeUndefined();
    await chain.mine({ override: new Map([[addressOf("bob"), { balance: 1n, code: new Uint8Array(0) }]]) });
    expect(chain.view.stateAt(chain.view.head().hash).account(addressOf("bob"))).toEqual(
      expect.objectContaining({ balance: 1n, codeHash: EMPTY_CODE_HASH }),
    );
  });

  it("may set the next block's base fee and PREVRANDAO, and all later gas limits", async () => {
    const chain = await createTestChain();
    const prevRandao: Hash = `0x${"5a".repeat(32)}`;
    controlOf(chain).set({ baseFee: 123_456n, prevRandao, gasLimit: 12_000_000n });
    expect([chain.view.nextBaseFee(), chain.view.nextGasLimit()]).toEqual([123_456n, 12_000_000n]);
    await chain.mine({ override: new Map([[NEW, { balance: 1n }]]) });
    await chain.mine();
    const { header, prevRandao: set, gasLimit } = chain.view.head();
    expect([header.baseFee, set, gasLimit]).toEqual([123_456n, prevRandao, 12_000_000n]);
    expect(chain.view.blockContext(chain.view.head().hash).prevRandao).toBe(prevRandao);
    const reopened = await chain.reopen();
    expect(reopened.view.head()).toMatchObject({ prevRandao, gasLimit: 12_000_000n });
    await reopened.mine();
    expect(verifyStore(reopened.store)).toMatchObject({ problems: [] });
    expect(reopened.view.head().gasLimit).toBe(12_000_000n);
    expect(reopened.view.head().prevRandao).not.toBe(prevRandao);
    expect(reopened.view.head().header.baseFee).not.toBe(123_456n);
  });

  it("does not use a setting for a block that was begun before", async () => {
    const chain = await createTestChain();
    const template = () => chain.builder.createTemplate({ miner: NEW, stream: 0, extra: new Uint8Array(0) });
    controlOf(chain).set({ baseFee: 5n });
    const begun = await template();
    controlOf(chain).set({ baseFee: 5n });
    await chain.builder.importSealed(begun, 1n);
    expect(controlOf(chain).settings.baseFee).toBe(5n);
    await chain.builder.importSealed(await template(), 2n);
    expect(chain.view.head().header.baseFee).toBe(5n);
    expect(controlOf(chain).settings.baseFee).toBeUndefined();
  });

  it("lets transactions pay a base fee that is set below the network's least", async () => {
    const chain = await createTestChain();
    const free = transfer({ from: "alice", nonce: 0, feeWei: 0n, tipWei: 0n });
    await expect(chain.submit(free)).rejects.toThrow();
    controlOf(chain).set({ baseFee: 0n });
    await chain.submit(free);
    await chain.mine();
    expect(chain.view.head().transactions).toHaveLength(1);
    const next = transfer({ from: "alice", nonce: 1, feeWei: 0n, tipWei: 0n });
    await expect(chain.submit(next)).rejects.toThrow();
  });

  it("changes what the mempool knows of its accounts", async () => {
    const chain = await createTestChain();
    for (const nonce of [0, 1, 3]) await chain.submit(transfer({ from: "alice", nonce }));
    await chain.mine({ override: new Map([[addressOf("alice"), { nonce: 1n }]]) });
    expect(chain.pool.status()).toMatchObject({ pending: 1, queued: 1 });
    await chain.mine({ override: new Map([[addressOf("alice"), { nonce: 3n }]]) });
    expect(chain.pool.status()).toMatchObject({ pending: 1, queued: 0 });
  });

  it("of later gas limits is known before journaled transactions return", async () => {
    const chain = await createTestChain({
      parameters: testParameters({ gasLimit: 10_000_000n }),
      journal: createMemoryJournal(),
    });
    controlOf(chain).set({ gasLimit: 16_000_000n });
    await chain.mine();
    await chain.submit(transfer({ from: "alice", nonce: 0, gasLimit: 15_000_000n }));
    expect((await chain.reopen()).pool.status().pending).toBe(1);
  });

  it("of a slot to zero makes no account, and deletes no other slot", async () => {
    const chain = await createTestChain();
    const set = (slot: bigint, value: bigint) =>
      chain.mine({ override: new Map([[NEW, { stateDiff: new Map([[slotOf(slot), value]]) }]]) });
    const state = () => chain.view.stateAt(chain.view.head().hash);
    await set(1n, 0n);
    expect(state().account(NEW)).toBeUndefined();
    await set(2n, 7n);
    await set(1n, 0n);
    expect(state().storage(NEW, slotOf(2n))).toBe(7n);
    expect(verifyStore(chain.store)).toMatchObject({ problems: [] });
  });

  it("is found when it is damaged", async () => {
    const chain = await overridden();
    await controlOf(chain).snapshot();
    expect(verifyStore(chain.store)).toMatchObject({ problems: [] });
    for (const id of [14, 15]) {
      const range = { from: Uint8Array.of(id), to: Uint8Array.of(id + 1) };
      const [[key, value] = []] = [...chain.store.range(range)];
      const changed = value!.slice();
      changed[changed.length - 1]! ^= 1;
      await chain.store.write([{ kind: "put", key: key!, value: changed }]);
      expect(verifyStore(chain.store).problems).not.toEqual([]);
      await chain.store.write([{ kind: "put", key: key!, value: value! }]);
    }
  });

  it("does not apply to a block whose extra data names no stored override", async () => {
    const chain = await createTestChain();
    const request = { miner: NEW, stream: 0, extra: new Uint8Array(32).fill(1) };
    const template = await chain.builder.createTemplate(request);
    await chain.builder.importSealed(template, 1n);
    expect(bytesToHex(chain.view.head().header.extra)).toBe(`0x${"01".repeat(32)}`);
  });
});

describe("impersonation [DEV-5]", () => {
  const impersonated = (sender: Address) => {
    const { type, chainId, gasLimit, data, accessList, maxFeePerGas, maxPriorityFeePerGas } = transfer({
      from: "alice",
      nonce: 0,
    });
    const fees = { maxFeePerGas, maxPriorityFeePerGas };
    const to = addressOf("bob");
    const fields = { type, chainId, nonce: 0n, gasLimit, to, value: COIN, data, accessList, ...fees };
    return createTransaction(fields, impersonatedSignature(sender));
  };

  it("executes transactions of an account without its key, also after a restart", async () => {
    const chain = await createTestChain({ isArchive: true });
    await chain.mine({ override: new Map([[NEW, { balance: 5n * COIN }]]) });
    await chain.submit(impersonated(NEW));
    await chain.mine();
    expect(chain.view.head().transactions).toMatchObject([{ sender: NEW, receipt: { status: 1 } }]);
    const reopened = await chain.reopen();
    expect(balanceOf(reopened, addressOf("bob"))).toBe(1_001n * COIN);
    expect(verifyStore(chain.store)).toMatchObject({ problems: [] });
  });

  it("has no effect where nobody controls the network", async () => {
    const chain = await createTestChain({ parameters: testParameters({ isControlled: false }) });
    await expect(chain.submit(impersonated(addressOf("carol")))).rejects.toThrow();
    expect(chain.pool.contentFrom(addressOf("carol")).pending).toEqual([]);
  });

  it("signatures name their sender, and others none", () => {
    for (const sender of [NEW, ZERO_ADDRESS, addressOf("bob")]) {
      const signature = impersonatedSignature(sender);
      expect(impersonatedSender({ signature })).toBe(sender);
      for (const change of [{ s: 2n }, { yParity: 1 as const }, { r: BigInt(sender) }])
        expect(impersonatedSender({ signature: { ...signature, ...change } })).toBeUndefined();
    }
    expect(impersonatedSender(transfer({ from: "alice", nonce: 0 }))).toBeUndefined();
  });
});

describe("a snapshot [DEV-3]", () => {
  it("is a block to which the chain returns: all later blocks are gone, in memory and in the store", async () => {
    const chain = await createTestChain({ isArchive: true });
    const set = (balance: bigint) => chain.mine({ override: new Map([[NEW, { balance }]]) });
    await mineChain(chain, 2);
    await set(COIN);
    const id = await controlOf(chain).snapshot();
    const before = { stored: contentOf(chain.store), head: chain.view.head(), counts: chain.view.counts() };
    await chain.submit(transfer({ from: "alice", nonce: 0, valueWei: COIN }));
    const [first] = await mineChain(chain, 4);
    for (const balance of [2n * COIN, COIN]) await set(balance);
    await chain.submit(transfer({ from: "alice", nonce: 1 }));
    const events: ChainEvent[] = [];
    chain.view.subscribe((event) => events.push(event));
    const pooled: string[] = [];
    chain.pool.subscribe(({ kind }) => pooled.push(kind));
    expect(balanceOf(chain, addressOf("bob"))).toBe(1_001n * COIN);

    expect(await controlOf(chain).revert(id!)).toBe(true);
    expect(chain.view.head()).toEqual(before.head);
    expect(chain.view.counts()).toEqual(before.counts);
    expect(chain.view.tips()).toEqual([before.head.hash]);
    expect(balanceOf(chain, addressOf("bob"))).toBe(1_000n * COIN);
    expect(chain.pool.status()).toMatchObject({ pending: 0, queued: 0 });
    expect(events.map(({ kind }) => kind)).toEqual(new Array(6).fill("removed"));
    // Only what was pending: the removed blocks' transactions do not return.
    expect(pooled).toEqual(["dropped"]);
    expect(balanceOf(chain, NEW)).toBe(COIN);
    // Clients that follow the chain still read a removed block.
    expect(chain.view.removedBlock(first!)?.header.number).toBe(4);
    expect(chain.view.blockByHash(first!)).toBeUndefined();
    const stored = new Map(before.stored);
    for (const [key] of stored) if (key.startsWith("0x0f")) stored.delete(key);
    expect(contentOf(chain.store)).toEqual(stored);

    await chain.submit(transfer({ from: "alice", nonce: 0, valueWei: 2n * COIN }));
    await chain.mine();
    expect(balanceOf(chain, addressOf("bob"))).toBe(1_002n * COIN);
    const reopened = await chain.reopen();
    expect(reopened.view.head().hash).toBe(chain.view.head().hash);
    const report = verifyStore(chain.store);
    expect(report).toMatchObject({ problems: [] });
  });

  it("is used up by a revert, together with all later snapshots", async () => {
    const chain = await createTestChain();
    const ids: number[] = [];
    for (let taken = 0; taken < 3; taken++) {
      await chain.mine();
      ids.push((await controlOf(chain).snapshot())!);
    }
    expect(ids).toEqual([1, 2, 3]);
    await chain.mine();
    expect(await controlOf(chain).revert(2)).toBe(true);
    expect(chain.view.head().header.number).toBe(2);
    for (const id of [2, 3, 99]) expect(await controlOf(chain).revert(id)).toBe(false);
    expect(await controlOf(chain).snapshot()).toBe(4);
    expect(await controlOf(chain).revert(1)).toBe(true);
    expect(await controlOf(chain).revert(4)).toBe(false);
    expect(chain.view.head().header.number).toBe(1);
  });

  it("keeps later blocks from becoming final until it is used", async () => {
    const chain = await createTestChain();
    await mineChain(chain, 5);
    const id = await controlOf(chain).snapshot();
    await mineChain(chain, 60);
    expect(chain.view.finalized().header.number).toBeLessThanOrEqual(5);
    const reopened = await chain.reopen();
    expect(controlOf(reopened).hasBegun).toBe(true);
    await mineChain(reopened, 30);
    expect(reopened.view.finalized().header.number).toBeLessThanOrEqual(5);
    expect(await controlOf(reopened).revert(id!)).toBe(true);
    expect(reopened.view.head().header.number).toBe(5);
    await mineChain(reopened, 60);
    expect(reopened.view.finalized().header.number).toBeGreaterThan(5);
  });

  it("is used by all or nothing of a revert that a crash interrupts", async () => {
    for (const fault of FAULTS) {
      const scout = createFaultyStore(Number.POSITIVE_INFINITY, fault);
      const prepare = async (store: KeyValueStore) => {
        const journal = createMemoryJournal();
        const chain = await createTestChain({ store, journal });
        await mineChain(chain, 2);
        await controlOf(chain).snapshot();
        await mineChain(chain, 3);
        await chain.submit(transfer({ from: "alice", nonce: 0 }));
        return { chain, journal };
      };
      await prepare(scout);
      const store = createFaultyStore(scout.writeCount + 1, fault);
      const { chain, journal } = await prepare(store);
      await Promise.race([
        controlOf(chain)
          .revert(1)
          .catch(() => {}),
        store.died,
      ]);
      const reopened = await createTestChain({ store: store.under, journal });
      expect(reopened.pool.status().pending).toBe(0);
      const isReverted = fault === "unacknowledged" || fault === "died after";
      expect(reopened.view.head().header.number).toBe(isReverted ? 2 : 5);
      expect(verifyStore(store.under)).toMatchObject({ problems: [] });
      expect(await controlOf(reopened).revert(1)).toBe(!isReverted);
      expect(reopened.view.head().header.number).toBe(2);
    }
  });

  it("is far below the head: blocks are removed in steps, which a crash may interrupt", async () => {
    const prepare = async (store?: KeyValueStore) => {
      const snapshotLimits = { blocksMax: 100, countMax: 3, stepMax: 4 };
      const chain = await createTestChain({ isArchive: true, snapshotLimits, ...(store && { store }) });
      await mineChain(chain, 2);
      const id = await controlOf(chain).snapshot();
      await mineChain(chain, 11);
      return { chain, revert: () => controlOf(chain).revert(id!) };
    };
    const whole = await prepare();
    const numbers: number[] = [];
    whole.chain.view.subscribe((event) => {
      if (event.kind === "removed") numbers.push(event.block.header.number);
    });
    expect(await whole.revert()).toBe(true);
    expect(numbers).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);

    const scout = createFaultyStore(Number.POSITIVE_INFINITY, "refused");
    await prepare(scout);
    for (const [step, left] of [13, 9, 5].entries()) {
      const store = createFaultyStore(scout.writeCount + 1 + step, "died before");
      const { revert } = await prepare(store);
      await Promise.race([revert(), store.died]);
      const reopened = await createTestChain({ isArchive: true, store: store.under });
      expect(reopened.view.head().header.number).toBe(left);
      expect(verifyStore(store.under)).toMatchObject({ problems: [] });
      expect(await controlOf(reopened).revert(1)).toBe(true);
      expect(reopened.view.head()).toEqual(whole.chain.view.head());
      expect(contentOf(store.under)).toEqual(contentOf(whole.chain.store));
    }
  });

  it("expires far below the head, also while no other is taken", async () => {
    const chain = await createTestChain({ snapshotLimits: { blocksMax: 20, countMax: 3, stepMax: 20 } });
    await mineChain(chain, 5);
    for (const id of [1, 2, 3]) expect(await controlOf(chain).snapshot()).toBe(id);
    expect(await controlOf(chain).snapshot()).toBeUndefined();
    await mineChain(chain, 20);
    expect(controlOf(chain).snapshotCount).toBe(3);
    await mineChain(chain, 40);
    expect(controlOf(chain).snapshotCount).toBe(0);
    expect(chain.view.finalized().header.number).toBeGreaterThan(5);
    expect(await controlOf(chain).revert(1)).toBe(false);
    expect(await controlOf(chain).snapshot()).toBe(4);
    expect(verifyStore(chain.store)).toMatchObject({ problems: [] });
  });

  it("leaves no transaction that was mined after it, also after a restart", async () => {
    const chain = await createTestChain({ journal: createMemoryJournal() });
    const id = await controlOf(chain).snapshot();
    await chain.submit(transfer({ from: "alice", nonce: 0 }));
    await chain.mine();
    expect(await controlOf(chain).revert(id!)).toBe(true);
    expect((await chain.reopen()).pool.status()).toMatchObject({ pending: 0, queued: 0 });
  });

  it("includes time and the next block's settings", async () => {
    const chain = await createTestChain();
    await chain.mine();
    const control = controlOf(chain);
    control.set({ baseFee: 99n, gasLimit: 9_000_000n, miner: NEW });
    const { settings } = control;
    const nowMs = control.nowMs();
    const id = await control.snapshot();
    control.advance(1_000_000_000);
    await mineChain(chain, 2);
    control.set({ miner: addressOf("bob"), gasLimit: 8_000_000n });
    const reopened = await chain.reopen();
    expect(await controlOf(reopened).revert(id!)).toBe(true);
    expect(controlOf(reopened).settings).toMatchObject(settings);
    expect(controlOf(reopened).nowMs()).toBe(nowMs);
    reopened.clock.ms += 3_000;
    expect(controlOf(reopened).nowMs()).toBe(nowMs + 3_000);
  });
});
