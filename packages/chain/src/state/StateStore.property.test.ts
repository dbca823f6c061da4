import { bigintToBytes, bytesToBigint, bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import {
  type Account,
  type Address,
  decodeAccount,
  decodeRlp,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type StateChanges,
  type StateReader,
} from "@trellis/protocol";
import { createMemoryStore, openTables, verifyProof } from "@trellis/storage";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChainBatch } from "../store/ChainBatch.ts";
import { CommittedStore } from "../store/CommittedStore.ts";
import { STATE_TABLES } from "../store/stateTables.ts";
import { type HistoryStart, StateStore } from "./StateStore.ts";
import { NaiveState } from "./testing/NaiveState.ts";

const ADDRESSES = Array.from({ length: 6 }, (_, index): Address => `0x${`${index + 1}0`.repeat(20)}`);
const SLOTS = [0n, 1n, 2n, 300n, (1n << 256n) - 1n].map((slot): Hash => bytesToHex(bigintToBytes(slot, 32)));
const CODES = [1, 2].map((byte) => Uint8Array.of(byte, byte));
const KEPT_SPACING = 3;
const ROOT_BLOCK: Hash = `0x${"00".repeat(32)}`;

const anyAddress = fc.constantFrom(...ADDRESSES);
const anySlot = fc.constantFrom(...SLOTS);
const anyAccount: fc.Arbitrary<Account | undefined> = fc.option(
  fc.record({
    nonce: fc.bigInt({ min: 0n, max: 3n }),
    balance: fc.bigInt({ min: 0n, max: 1n << 70n }),
    codeHash: fc.constantFrom(EMPTY_CODE_HASH, ...CODES.map(keccak256Hex)),
  }),
  { nil: undefined, freq: 5 },
);
const anyValue = fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 300n }), fc.constant((1n << 256n) - 1n));
const anyChanges: fc.Arbitrary<StateChanges> = fc
  .record({
    accounts: fc.uniqueArray(fc.tuple(anyAddress, anyAccount), {
      maxLength: 4,
      selector: ([address]) => address,
    }),
    storage: fc.array(fc.tuple(anyAddress, anySlot, anyValue), { maxLength: 8 }),
    cleared: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(anyAddress, { maxLength: 2 }) },
    ),
  })
  .map(({ accounts, storage, cleared }) => {
    const deleted = new Set(
      accounts.filter(([, account]) => account === undefined).map(([address]) => address),
    );
    const slots = new Map<Address, Map<Hash, bigint>>();
    for (const [address, slot, value] of storage) {
      if (!deleted.has(address)) slots.set(address, (slots.get(address) ?? new Map()).set(slot, value));
    }
    const codes = accounts.flatMap(([, account]) =>
      CODES.filter((code) => keccak256Hex(code) === account?.codeHash),
    );
    return {
      accounts: new Map(accounts),
      storage: slots,
      storageCleared: new Set(cleared),
      codes: new Map(codes.map((code) => [keccak256Hex(code), code])),
    };
  });

const anyPick = fc.nat({ max: 1_000 });
const anyStep = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("derive" as const), on: anyPick, changes: anyChanges }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("extend" as const), changes: anyChanges }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("flatten" as const), to: anyPick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("detach" as const), leaf: anyPick }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("template" as const), on: anyPick, changes: anyChanges }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const), to: anyPick }) },
);

interface Known {
  readonly hash: Hash;
  readonly number: number;
  readonly parent: Known | undefined;
  readonly changes: StateChanges;
  readonly state: NaiveState;
  readonly reader: StateReader;
}

class World {
  readonly #store = this.#openStore();
  readonly #tables = openTables(STATE_TABLES, this.#store);
  readonly #depth: number | undefined;
  #start: HistoryStart = { reads: 0, proofs: 0 };
  states: StateStore;
  #serial = 0;
  kept: Known[];
  final: Known[];
  dropped: Known[] = [];

  constructor(depth?: number) {
    this.#depth = depth;
    this.states = this.#open(ROOT_BLOCK, EMPTY_TRIE_ROOT);
    const nothing = {
      accounts: new Map(),
      storage: new Map(),
      storageCleared: new Set<Address>(),
      codes: new Map(),
    };
    const reader = this.states.reader(ROOT_BLOCK);
    const root = {
      hash: ROOT_BLOCK,
      number: 0,
      parent: undefined,
      changes: nothing,
      state: new NaiveState(),
      reader,
    };
    this.kept = [root];
    this.final = [root];
  }

  #openStore(): CommittedStore {
    const store = createMemoryStore();
    return new CommittedStore({
      ...store,
      write: async (operations) => {
        this.#checkBase();
        await store.write(operations);
        this.#checkBase();
      },
    });
  }

  #open(base: Hash, root: Hash): StateStore {
    const keeps = (_block: Hash, number: number, isFirst: boolean): boolean =>
      isFirst || number % KEPT_SPACING === 0;
    const finalNumber = (hash: Hash) => this.final.findLast((block) => block.hash === hash)?.number;
    const history = { from: this.#start, depth: this.#depth, finalNumber };
    return new StateStore({ history, keeps }, this.#tables, base, root);
  }

  derive(parent: Known, changes: StateChanges): void {
    const layer = this.states.derive(parent.hash, parent.number + 1, changes);
    const hash = bytesToHex(bigintToBytes(BigInt(++this.#serial), 32));
    this.states.attach(hash, layer);
    const reader = this.states.reader(hash);
    const state = parent.state.with(changes);
    expect(layer.root).toBe(state.root());
    this.kept.push({ hash, number: parent.number + 1, parent, changes, state, reader });
  }

  async flatten(to: Known): Promise<void> {
    const batch = new ChainBatch();
    for (const _ of this.states.flattenInSteps(batch, to.hash)) {
      expectEqual(this.kept[0]!.reader, this.kept[0]!.state);
      this.#checkTemplate(to);
    }
    await batch.commit(this.#store);
    this.#start = this.states.historyStart!;
    const path = pathBetween(this.final.at(-1)!, to);
    this.final.push(...path);
    this.dropped.push(...this.kept.filter((block) => !isOn(block, to) && !isOn(to, block)));
    this.kept = [to, ...this.kept.filter((block) => block !== to && isOn(block, to))];
  }

  reopen(): void {
    const [base, ...above] = this.kept;
    this.states = this.#open(base!.hash, base!.state.root());
    this.final = this.final
      .filter(({ number }) => number >= this.#start.reads)
      .map((block) => ({ ...block, reader: this.states.reader(block.hash) }));
    this.kept = [this.final.at(-1)!];
    const renewed = new Map<Known | undefined, Known>([[base, this.kept[0]!]]);
    for (const block of above) {
      this.derive(renewed.get(block.parent)!, block.changes);
      renewed.set(block, this.kept.at(-1)!);
    }
  }

  detach(leaf: Known): void {
    if (leaf === this.kept[0] || this.kept.some(({ parent }) => parent === leaf)) return;
    this.states.detach(leaf.hash);
    this.kept = this.kept.filter((block) => block !== leaf);
    this.dropped.push(leaf);
  }

  #checkBase(): void {
    const base = this.kept[0]!;
    if (base.number < this.states.historyStart!.reads) return;
    expectEqual(base.reader, base.state);
    expectProofs(this.states, base);
  }

  #checkTemplate(on: Known): void {
    expectEqual(on.reader, on.state);
    const layer = this.states.derive(on.hash, on.number + 1, on.changes);
    expect(layer.root).toBe(on.state.with(on.changes).root());
  }

  check(): void {
    expect(this.states.layerCount).toBe(this.kept.length - 1);
    for (const block of this.kept) {
      expectEqual(block.reader, block.state);
      expectEqual(this.states.reader(block.hash), block.state);
      expect(this.states.accountTrie(block.hash).rootHash()).toBe(block.state.root());
      expectProofs(this.states, block);
    }
    const oldest = this.#depth === undefined ? 0 : Math.max(0, this.kept[0]!.number - this.#depth);
    expect(this.states.historyStart).toEqual({ reads: oldest, proofs: oldest });
    for (const block of this.final) {
      if (block.number < oldest) {
        expectUnavailable(() => block.reader.account(ADDRESSES[0]!));
        expectUnavailable(() => this.states.reader(block.hash));
        expectUnavailable(() => this.states.accountTrie(block.hash));
        continue;
      }
      expectEqual(block.reader, block.state);
      expectEqual(this.states.reader(block.hash), block.state);
      expectProofs(this.states, block);
      expectGiven(this.states, block);
    }
    for (const hash of this.states.keptBlocks()) {
      expectGiven(this.states, this.final.findLast((block) => block.hash === hash)!);
    }
    for (const { hash, reader } of this.dropped.slice(-10)) {
      expectUnavailable(() => this.states.reader(hash));
      expectUnavailable(() => this.states.account(hash, ADDRESSES[0]!));
      expectUnavailable(() => reader.account(ADDRESSES[0]!));
      expectUnavailable(() => reader.storage(ADDRESSES[0]!, SLOTS[0]!));
    }
  }
}

function pathBetween(base: Known, to: Known): Known[] {
  const path: Known[] = [];
  for (let at = to; at.hash !== base.hash; at = at.parent!) path.unshift(at);
  return path;
}

function isOn(block: Known, base: Known): boolean {
  for (let at: Known | undefined = block; at !== undefined; at = at.parent)
    if (at.hash === base.hash) return true;
  return false;
}

function expectEqual(reader: StateReader, state: NaiveState): void {
  for (const address of ADDRESSES) {
    const account = reader.account(address);
    const expected = state.accounts.get(address);
    expect(account && { nonce: account.nonce, balance: account.balance, codeHash: account.codeHash }).toEqual(
      expected,
    );
    if (expected !== undefined && expected.codeHash !== EMPTY_CODE_HASH) {
      expect(reader.code(expected.codeHash)).toEqual(state.codes.get(expected.codeHash));
    }
    for (const slot of SLOTS) {
      expect(reader.storage(address, slot)).toBe(state.storage.get(address)?.get(slot) ?? 0n);
    }
  }
}

function expectProofs(states: StateStore, { hash, state }: Known): void {
  for (const address of ADDRESSES) {
    const key = keccak256(hexToBytes(address));
    const proven = verifyProof(state.root(), key, states.accountTrie(hash).prove(key));
    const expected = state.accounts.get(address);
    expect(proven && decodeAccount(proven)).toEqual(
      expected && { account: expected, storageRoot: state.storageRoot(address) },
    );
    const storageRoot = state.storageRoot(address);
    const trie = states.storageTrie(hash, address);
    expect(trie.rootHash()).toBe(storageRoot);
    for (const slot of SLOTS.slice(0, 2)) {
      const slotKey = keccak256(hexToBytes(slot));
      const value = verifyProof(storageRoot, slotKey, trie.prove(slotKey));
      const number = value === undefined ? 0n : bytesToBigint(decodeRlp(value) as Uint8Array);
      expect(number).toBe(state.storage.get(address)?.get(slot) ?? 0n);
    }
  }
}

function expectGiven(states: StateStore, { hash, state }: Known): void {
  const accounts = states.trieToGive(hash, undefined);
  expect(accounts.rootHash()).toBe(state.root());
  expect([...accounts.entries()].length).toBe(state.accounts.size);
  for (const address of ADDRESSES) {
    const storage = states.trieToGive(hash, bytesToHex(keccak256(hexToBytes(address))));
    expect(storage.rootHash()).toBe(state.storageRoot(address));
    expect([...storage.entries()].length).toBe(state.storage.get(address)?.size ?? 0);
  }
}

function expectUnavailable(read: () => unknown): void {
  let code = "nothing thrown";
  try {
    read();
  } catch (error) {
    code = isTrellisError(error) ? error.code : String(error);
  }
  expect(code).toBe("STATE_UNAVAILABLE");
}

async function play(
  steps: readonly (typeof anyStep extends fc.Arbitrary<infer Step> ? Step : never)[],
  depth: number | undefined,
): Promise<void> {
  const world = new World(depth);
  const pick = (index: number): Known => world.kept[index % world.kept.length]!;
  for (const step of steps) {
    if (step.do === "derive") world.derive(pick(step.on), step.changes);
    if (step.do === "extend") world.derive(world.kept.at(-1)!, step.changes);
    if (step.do === "flatten") await world.flatten(pick(step.to));
    if (step.do === "detach") world.detach(pick(step.leaf));
    if (step.do === "template") world.states.derive(pick(step.on).hash, 1, step.changes);
    if (step.do === "reopen") world.reopen();
    if (step.do === "fail") {
      world.states.flatten(new ChainBatch(), pick(step.to).hash);
      world.reopen();
    }
    world.check();
  }
}

const anyDepth = fc.constantFrom(0, 2, 6, undefined);

describe("layers, base state and history equal full copies of every state [EXEC-14] [EXEC-15] [EXEC-16] [EXEC-17] [EXEC-32] [EXEC-33]", () => {
  it("over any sequence of blocks, branches, finality and restarts", async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), anyDepth, play), { numRuns: 40 });
  });

  it("SYNC-STATE-6: serves the states of every third final block below the base", async () => {
    const [changes] = fc.sample(fc.array(anyChanges, { minLength: 60, maxLength: 60 }), {
      numRuns: 1,
      seed: 3,
    });
    const world = new World();
    for (const change of changes!) world.derive(world.kept.at(-1)!, change);
    const numbers = () =>
      world.states.keptBlocks().map((hash) => world.final.findLast((block) => block.hash === hash)!.number);
    for (const [to, expected] of [
      [1, [1]],
      [2, [1]],
      [7, [6, 3, 1]],
      [9, [9, 6, 3, 1]],
      [40, [39, 36, 33, 30, 27, 24, 21, 18]],
    ] as const) {
      await world.flatten(world.kept.find(({ number }) => number === to)!);
      expect(numbers()).toEqual(expected);
      world.check();
    }
  });

  it("over a long chain with branches and finality", async () => {
    const [changes] = fc.sample(fc.array(anyChanges, { minLength: 300, maxLength: 300 }), {
      numRuns: 1,
      seed: 7,
    });
    const world = new World();
    let tip = world.kept[0]!;
    for (const [index, change] of changes!.entries()) {
      world.derive(tip, change);
      const next = world.kept.at(-1)!;
      if (index % 5 === 0) world.derive(tip, changes![(index * 7) % 300]!);
      tip = next;
      if (index % 3 === 0 && tip.number > 20) {
        const number = tip.number - 20;
        await world.flatten(world.kept.find((block) => block.number === number && isOn(tip, block))!);
      }
      if (index % 50 === 49) world.check();
    }
  });
});
