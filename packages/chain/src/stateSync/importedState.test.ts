import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import {
  type Address,
  type Block,
  type Hash,
  type NetworkParameters,
  type StateRange,
  ZERO_HASH,
} from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore, verifyRange } from "@trellis/storage";
import { beforeAll, describe, expect, it } from "vitest";
import { fetchState, giveHeaders, importStateFrom } from "../chain/testing/importState.ts";
import { proofsOf } from "../chain/testing/proofsOf.ts";
import { TestBlockBuilder } from "../chain/testing/TestBlockBuilder.ts";
import { contentOf, createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { operation } from "../chain/testing/testEvm.ts";
import {
  addressOf,
  COIN,
  CONTRACT,
  minerAddress,
  slotOf,
  testParameters,
  transfer,
} from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { STATE_TABLES } from "../store/stateTables.ts";

const CLEARED: Address = `0x${"c1".repeat(20)}`;
const DELETED: Address = `0x${"c2".repeat(20)}`;
const SLOTS = Array.from({ length: 20 }, (_, slot) => slotOf(BigInt(slot)));
const ADDRESSES = [
  CONTRACT,
  CLEARED,
  DELETED,
  ...(["alice", "bob", "carol", "dave", "erin"] as const).map(addressOf),
  ...[0, 1, 2].map(minerAddress),
];

const parameters = parametersWith([CLEARED, DELETED]);
let builder: TestBlockBuilder;
let blocks: readonly Block[];
let source: TestChain;
let before: Block;
let after: Block;

function parametersWith(contracts: readonly Address[]): NetworkParameters {
  const plain = testParameters({ finalityDepth: 40 });
  const accounts = contracts.map((address) => ({
    address,
    balance: 7n * COIN,
    nonce: 1n,
    code: Uint8Array.of(1),
    storage: new Map([[slotOf(3n), 33n]]),
  }));
  return { ...plain, genesis: { ...plain.genesis, accounts: [...plain.genesis.accounts, ...accounts] } };
}

let nonce = 0;
const call = (to: Address, ...args: Parameters<typeof operation>) =>
  transfer({ from: "erin", nonce: nonce++, to, data: operation(...args) });

beforeAll(async () => {
  builder = await TestBlockBuilder.open(parameters);
  await builder.mineChain(262);
  for (const address of [CONTRACT, CLEARED, DELETED]) {
    await builder.mine({ transactions: SLOTS.map((_, slot) => call(address, "store", BigInt(slot), 9n)) });
  }
  before = builder.blocks.at(-1)!;
  await builder.mine({
    transactions: [
      call(CLEARED, "clear"),
      call(DELETED, "destroy"),
      transfer({ from: "alice", nonce: 0, valueWei: 500n * COIN }),
    ],
  });
  await mineAroundBase();
  blocks = builder.blocks.slice(1);
  source = await createTestChain({ parameters });
  await source.exchange.importBlocks(blocks);
});

async function mineAroundBase(): Promise<void> {
  const late = builder.blocks.at(-1)!.header.timestampMs + 60_000;
  const early = builder.blocks.at(-1)!.header.timestampMs;
  const root = await builder.mine({ timestampMs: late });
  const beside = await builder.mine({ parents: [root], miner: minerAddress(1), timestampMs: early });
  const under = await builder.mine({ parents: [root], timestampMs: early + 1 });
  const further = await builder.mine({
    parents: [root],
    miner: minerAddress(2),
    timestampMs: early + 2,
    transactions: [transfer({ from: "carol", nonce: 0, valueWei: COIN })],
  });
  after = await builder.mine({ parents: [under, beside], timestampMs: early + 3 });
  let parents = [after, further];
  for (let index = 1; index <= 12; index++) {
    const { number } = after.header;
    const asked = [number + index - 1, number, number - 1, number + index - 256, number + index - 257];
    const next = await builder.mine({
      parents,
      timestampMs: early + 4 + index,
      transactions: [
        call(CONTRACT, "context", BigInt(1_000 * index)),
        ...asked.map((of, at) => call(CONTRACT, "blockHash", BigInt(1_000 * index + 100 + at), BigInt(of))),
        ...(index === 3 ? [call(CLEARED, "store", 5n, 55n), call(CONTRACT, "store", 2n, 0n)] : []),
      ],
    });
    const side = await builder.mine({
      parents: [parents[0]!],
      miner: minerAddress(1),
      timestampMs: early + 4 + index,
      transactions: [transfer({ from: "dave", nonce: index - 1, valueWei: COIN })],
    });
    parents = [next, side];
  }
}

const rest = (chain: TestChain): Block[] => blocks.filter(({ hash }) => !chain.exchange.has(hash));

function expectSameState(chain: TestChain, block: Hash, from = source): void {
  const [got, expected] = [chain.view.stateAt(block), from.view.stateAt(block)];
  for (const address of ADDRESSES) {
    expect(got.account(address)).toEqual(expected.account(address));
    for (const slot of SLOTS) expect(got.storage(address, slot)).toBe(expected.storage(address, slot));
    expect(proofsOf(chain.view, block, address, SLOTS)).toEqual(proofsOf(from.view, block, address, SLOTS));
  }
}

function createHeldStore(under: KeyValueStore = createMemoryStore()) {
  const held: { until: Promise<void> } = { until: Promise.resolve() };
  const store: KeyValueStore = {
    ...under,
    async write(operations) {
      await under.write(operations);
      await held.until;
    },
  };
  const duringWrite = async (action: () => Promise<unknown>, look: () => void): Promise<void> => {
    let release: () => void = () => {};
    held.until = new Promise((resolve) => {
      release = resolve;
    });
    const before = contentOf(under);
    const done = action();
    while (contentOf(under).size === before.size) await new Promise((resolve) => setImmediate(resolve));
    try {
      look();
    } finally {
      release();
      await done;
    }
  };
  return { store, duringWrite };
}

describe("imported state", () => {
  it("SYNC-STATE-3: an abandoned state leaves nothing behind", async () => {
    const straight = await createTestChain({ parameters });
    await importStateFrom(straight, source, after);
    const chain = await createTestChain({ parameters });
    await giveHeaders(chain, source);
    const first = await fetchState(chain, source, before);
    expect(first.missing(1)).toEqual([]);
    const second = await chain.states.startImport(after.hash);
    await first.complete();
    expect(chain.view.head().header.number).toBe(0);
    await (await fetchState(chain, source, after)).complete();
    expect(second.missing(1)).toEqual([]);
    const nodes = (of: TestChain) =>
      [...contentOf(of.store)].filter(
        ([key]) => Number(BigInt(key.slice(0, 4))) === STATE_TABLES.importedNodes.id,
      );
    expect(nodes(chain)).toEqual(nodes(straight));
    expectSameState(chain, after.hash);
    expect(chain.view.stateAt(after.hash).storage(CLEARED, SLOTS[3]!)).toBe(0n);
    expect(chain.view.stateAt(after.hash).account(DELETED)).toBeUndefined();
    expect(verifyStore(chain.store).problems).toEqual([]);
  });

  it("SYNC-STATE-3: after a restart of the import the first import stores nothing more", async () => {
    const chain = await createTestChain({ parameters });
    await giveHeaders(chain, source);
    const first = await chain.states.startImport(after.hash);
    const [request] = first.missing(1);
    if (request?.kind !== "range") throw new RangeError();
    const range = await source.states.stateRange(after.hash, request.owner, request.from, 5_000);
    await chain.states.startImport(before.hash);
    await chain.states.startImport(after.hash);
    const content = contentOf(chain.store);
    await first.putRange(request, range);
    await first.complete();
    expect(first.missing(1)).toEqual([]);
    expect(contentOf(chain.store)).toEqual(content);
  });

  it("SYNC-STATE-5: contains nothing of genesis", async () => {
    const chain = await createTestChain({ parameters });
    await importStateFrom(chain, source, after);
    for (const open of [chain, await chain.reopen()]) {
      expectSameState(open, after.hash);
      const state = open.view.stateAt(after.hash);
      expect(state.account(addressOf("alice"))!.balance).toBeLessThan(500n * COIN);
      expect(state.account(DELETED)).toBeUndefined();
      expect(state.storage(DELETED, SLOTS[3]!)).toBe(0n);
    }
  });

  it("SYNC-STATE-4: later blocks have the same roots, for any times, carriers and hashes they read", async () => {
    const chain = await createTestChain({ parameters });
    await importStateFrom(chain, source, after);
    const imported = source.view.blockByHash(after.hash)!;
    expect(chain.view.head()).toMatchObject({
      timestamp: imported.timestamp,
      gasLimit: imported.gasLimit,
      carriers: imported.carriers,
    });
    expect(imported.timestamp).toBeGreaterThan(Math.ceil(after.header.timestampMs / 1_000));
    expect(imported.carriers).toHaveLength(2);
    for (const block of rest(chain)) await chain.importBlock(block);
    expect(chain.view.head()).toEqual(source.view.head());
    const above = source.view.blockByNumber(after.header.number + 1)!;
    expect(chain.view.blockByNumber(after.header.number + 1)).toEqual(above);
    expect(above.carriers.length).toBeGreaterThan(1);
    expectSameState(chain, source.view.head().hash);
    const state = chain.view.stateAt(source.view.head().hash);
    const given = (index: number, at: number): bigint =>
      state.storage(CONTRACT, slotOf(BigInt(1_000 * index + 100 + at)));
    expect(given(1, 0)).toBe(BigInt(after.hash));
    expect(given(1, 3)).toBe(BigInt(source.view.blockByNumber(after.header.number - 255)!.hash));
    expect(given(1, 4)).toBe(BigInt(ZERO_HASH));
    expect(verifyStore(chain.store).problems).toEqual([]);
  });

  it("EXEC-17: an archive reads and proves every state from it on, and none below", async () => {
    const archive = await createTestChain({ parameters, isArchive: true });
    await archive.exchange.importBlocks(blocks);
    let chain = await createTestChain({ parameters, isArchive: true });
    await importStateFrom(chain, source, before);
    await chain.exchange.importBlocks(rest(chain));
    const more = await builder.mineChain(60, { parents: [source.view.head().hash] });
    for (const each of [chain, archive]) await each.exchange.importBlocks(more);
    chain = await chain.reopen();
    expect(chain.view.finalized().header.number).toBeGreaterThan(after.header.number);
    expect(verifyStore(chain.store).problems).toEqual([]);
    for (let number = before.header.number; number <= chain.view.head().header.number; number++) {
      const { hash } = archive.view.blockByNumber(number)!;
      const [got, expected] = [chain.view.stateAt(hash), archive.view.stateAt(hash)];
      const [proof, expectedProof] = [
        chain.view.proofAt(hash, CONTRACT),
        archive.view.proofAt(hash, CONTRACT),
      ];
      expect(proof.accountProof).toEqual(expectedProof.accountProof);
      expect(proof.proveSlot(SLOTS[0]!)).toEqual(expectedProof.proveSlot(SLOTS[0]!));
      for (const address of ADDRESSES) {
        expect([number, got.account(address)]).toEqual([number, expected.account(address)]);
        for (const slot of SLOTS) {
          expect([number, got.storage(address, slot)]).toEqual([number, expected.storage(address, slot)]);
        }
      }
    }
    for (const number of [0, 1, before.header.number - 1]) {
      const { hash } = archive.view.blockByNumber(number)!;
      expect(() => chain.view.stateAt(hash)).toThrow(expect.objectContaining({ code: "STATE_UNAVAILABLE" }));
    }
  });

  it("EXEC-23: until it is applied, all reads return genesis", async () => {
    const { store, duringWrite } = createHeldStore();
    const chain = await createTestChain({ parameters, store });
    await giveHeaders(chain, source);
    const stateImport = await fetchState(chain, source, after);
    const { genesisHash } = chain.view;
    const reads = () => ({
      head: chain.view.head(),
      finalized: chain.view.finalized(),
      oldest: chain.view.oldestNumber(),
      block: chain.view.block(genesisHash),
      dagBlock: chain.view.dagBlock(genesisHash),
      byNumber: [0, 1, after.header.number].map((number) => chain.view.blockByNumber(number)),
      states: ADDRESSES.map((address) => {
        const state = chain.view.stateAt(genesisHash);
        const { codeHash } = state.account(address) ?? {};
        return [
          state.account(address),
          SLOTS.map((slot) => state.storage(address, slot)),
          codeHash && state.code(codeHash),
          proofsOf(chain.view, genesisHash, address, SLOTS),
        ];
      }),
      range: chain.states.stateRange(genesisHash, undefined, ZERO_HASH, 5_000),
      locator: chain.exchange.locator(),
      fee: chain.view.nextBaseFee(),
      tips: chain.view.tips(),
    });
    const { range, ...known } = reads();
    // Peers request announced tips, but later blocks have only headers.
    expect(known.tips).toEqual([genesisHash]);
    expect(known.states.some(([account]) => account !== undefined)).toBe(true);
    const meanwhile: (typeof range)[] = [];
    await duringWrite(
      () => stateImport.complete(),
      () => {
        const { dagBlock, range: again, ...others } = reads();
        expect({ ...others, dagBlock: known.dagBlock }).toEqual(known);
        expect(dagBlock).toMatchObject({ hash: genesisHash });
        meanwhile.push(again);
      },
    );
    expect(meanwhile).toHaveLength(1);
    expect(await meanwhile[0]).toEqual(await range);
    expect(chain.view.head().hash).toBe(after.hash);
    expectSameState(chain, after.hash);
  });

  it("EXEC-33: ranges requested while the base state moves are correct", async () => {
    const { store, duringWrite } = createHeldStore();
    const first = await createTestChain({ parameters, store });
    await first.exchange.importBlocks(blocks);
    const more = await builder.mineChain(20, { parents: [source.view.head().hash] });
    const given: Promise<void>[] = [];
    const check = async (part: ReturnType<TestChain["states"]["stateRange"]>, root: Hash | undefined) => {
      const range = trieRange(await part);
      if (root !== undefined) verifyRange(root, hexToBytes(ZERO_HASH), range);
    };
    for (const block of more) {
      const chain = await createTestChain({ parameters, store });
      const asked = [chain.view.finalized(), chain.view.head()];
      await duringWrite(
        () => chain.importBlock(block),
        () => {
          for (const { hash, header } of asked) {
            for (const address of [undefined, CONTRACT, CLEARED, DELETED]) {
              const owner = address && bytesToHex(keccak256(hexToBytes(address)));
              const part = chain.states.stateRange(hash, owner, ZERO_HASH, 100_000);
              given.push(check(part, owner === undefined ? header.stateRoot : undefined));
            }
          }
        },
      );
      for (const { hash, header } of [chain.view.finalized(), chain.view.head()]) {
        await check(chain.states.stateRange(hash, undefined, ZERO_HASH, 100_000), header.stateRoot);
      }
      expect(chain.failure()).toBeUndefined();
    }
    expect(await Promise.all(given)).toHaveLength(more.length * 2 * 4);
  });
});

function trieRange({ entries, proof, isEnd }: StateRange) {
  return { entries: entries.map(({ key, value }) => ({ key: hexToBytes(key), value })), proof, isEnd };
}
