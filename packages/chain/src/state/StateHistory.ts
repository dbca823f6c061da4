import {
  bigintToBytes,
  bigintToMinimalBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  hexToBytes,
  type Steps,
} from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import { type Address, EMPTY_TRIE_ROOT, encodeAccount, type Hash } from "@trellis/protocol";
import {
  type NodeReader,
  type NodeWrite,
  nodeKey,
  storageErrors,
  type Table,
  Trie,
  type WriteOperation,
} from "@trellis/storage";
import { accountCodec, type StateTables, type StoredAccount } from "../store/stateTables.ts";
import { type BaseState, decodeSlot, NO_PATH } from "./BaseState.ts";
import { LayerFold } from "./foldLayers.ts";
import type { LayerChanges, StateLayer, StoredState } from "./StateLayer.ts";

const KINDS = { account: 0, slot: 1, hashedSlot: 2 } as const;
type Kind = (typeof KINDS)[keyof typeof KINDS];

const LATEST = 0xffff_ffff_ffff_ffffn;
const NUMBER_SIZE = 8;
const ABSENT = new Uint8Array(0);

interface FormerValue {
  readonly what: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Values that block n replaced, keyed by (item, n). The first entry after m is the value after block m.
 * Cleared imported storage is keyed by slot hash. [EXEC-17] [EXEC-32]
 */
export class StateHistory {
  readonly #tables: StateTables;
  readonly #base: BaseState;

  constructor(tables: StateTables, base: BaseState) {
    this.#tables = tables;
    this.#base = base;
  }

  /**
   * @param layers consecutive, the first one on the base
   * @param from index of the first layer to return
   */
  *formerValues(
    layers: readonly StateLayer[],
    from: number,
    storageTrieUnder: (layer: StateLayer, address: Address) => Trie,
  ): Steps<FormerValue[][]> {
    const former: FormerValue[][] = [];
    if (from >= layers.length) return former;
    const before = new StateBefore(this.#base);
    for (const [index, layer] of layers.entries()) {
      if (index >= from) {
        former.push(this.#formerValues(layer, before, (address) => storageTrieUnder(layer, address)));
      }
      before.changes.add(layer);
      yield;
    }
    return former;
  }

  #formerValues(
    { changes }: StateLayer,
    before: StateBefore,
    storageTrie: (address: Address) => Trie,
  ): FormerValue[] {
    const values = [...changes.accounts.keys()].map((address) => formerAccount(before, address));
    for (const [address, slots] of this.#slotsOf(changes, before)) {
      for (const slot of slots) {
        const value = bigintToMinimalBytes(before.storage(address, slot));
        values.push({ what: slotKey(address, slot), value });
      }
    }
    if (this.#base.isImported) values.push(...hashedSlots(changes, storageTrie));
    return values;
  }

  writesOf(number: number, values: readonly FormerValue[], nodes: readonly NodeWrite[]): WriteOperation[] {
    const { history, formerNodes, replaced } = this.#tables;
    return [
      ...values.map(({ what, value }) => history.put(formerValueKey(what, number), value)),
      ...nodes.map(({ key, former = ABSENT }) => formerNodes.put(formerNodeKey(key, number), former)),
      replaced.put(number, { values: values.map(({ what }) => what), nodes: nodes.map(({ key }) => key) }),
    ];
  }

  deletesBefore(to: number, blocksMax: number): WriteOperation[] {
    const { history, formerNodes, replaced } = this.#tables;
    return [...replaced.range({ to, countMax: blocksMax })].flatMap(([number, { values, nodes }]) => [
      ...values.map((what) => history.delete(formerValueKey(what, number))),
      ...nodes.map((key) => formerNodes.delete(formerNodeKey(key, number))),
      replaced.delete(number),
    ]);
  }

  stateAfter(number: number): FormerState {
    return new FormerState(this.#tables, this.#base, number);
  }

  #slotsOf({ storage, storageCleared }: LayerChanges, before: StateBefore): Map<Address, Set<Hash>> {
    const slots = new Map([...storage].map(([address, values]) => [address, new Set(values.keys())]));
    for (const address of storageCleared) {
      const known = new Set([...this.#base.slotsOf(address)].map(([slot]) => slot));
      for (const slot of before.changes.storage.get(address)?.keys() ?? []) known.add(slot);
      const cleared = [...known].filter((slot) => before.storage(address, slot) !== 0n);
      slots.set(address, new Set([...(slots.get(address) ?? []), ...cleared]));
    }
    return slots;
  }
}

/** The base with the changes of the layers below one layer: a search through the layers takes longer. */
class StateBefore {
  readonly changes = new LayerFold();
  readonly #base: BaseState;

  constructor(base: BaseState) {
    this.#base = base;
  }

  account(address: Address): StoredAccount | undefined {
    const { accounts } = this.changes;
    return accounts.get(address) ?? (accounts.has(address) ? undefined : this.#base.account(address));
  }

  storage(address: Address, slot: Hash): bigint {
    const { storage, storageCleared } = this.changes;
    const changed = storage.get(address)?.get(slot);
    return changed ?? (storageCleared.has(address) ? 0n : this.#base.storage(address, slot));
  }
}

function formerAccount(before: StateBefore, address: Address): FormerValue {
  const account = before.account(address);
  const value = account === undefined ? ABSENT : encodeAccount(account, account.storageRoot);
  return { what: accountKey(address), value };
}

function hashedSlots(
  { storageCleared }: LayerChanges,
  storageTrie: (address: Address) => Trie,
): FormerValue[] {
  return [...storageCleared].flatMap((address) =>
    [...storageTrie(address).entries()].map(([slotHash, encoded]) => ({
      what: hashedSlotKey(address, slotHash),
      value: bigintToMinimalBytes(decodeSlot(encoded)),
    })),
  );
}

/** Reads a final state below the base, or the base's own state while the base moves. */
export class FormerState implements StoredState {
  readonly #tables: StateTables;
  readonly #base: BaseState;
  readonly #number: number;

  constructor(tables: StateTables, base: BaseState, number: number) {
    this.#tables = tables;
    this.#base = base;
    this.#number = number;
  }

  account(address: Address): StoredAccount | undefined {
    const value = this.#firstIn(this.#tables.history, accountKey(address))?.value;
    if (value === undefined) return this.#base.account(address);
    return value.length === 0 ? undefined : readAccount(address, value);
  }

  storage(address: Address, slot: Hash): bigint {
    const value = this.#formerSlot(address, slot);
    return value === undefined ? this.#base.storage(address, slot) : bytesToBigint(value);
  }

  code(codeHash: Hash): Uint8Array {
    return this.#base.code(codeHash);
  }

  trie(owner: Uint8Array): Trie {
    const nodes: NodeReader = { get: (key) => this.#node(key) };
    const root = nodes.get(nodeKey(owner, NO_PATH, 0));
    return Trie.load(root === undefined ? EMPTY_TRIE_ROOT : keccak256Hex(root), nodes, owner);
  }

  #node(key: Uint8Array): Uint8Array | undefined {
    const value = this.#firstIn(this.#tables.formerNodes, nodePrefix(key))?.value;
    if (value === undefined) return this.#base.trieNodes.get(key);
    return value.length === 0 ? undefined : value;
  }

  #formerSlot(address: Address, slot: Hash): Uint8Array | undefined {
    const { history } = this.#tables;
    const named = this.#firstIn(history, slotKey(address, slot));
    if (!this.#base.isImported) return named?.value;
    const hashed = this.#firstIn(history, hashedSlotKey(address, keccak256(hexToBytes(slot))));
    return named === undefined || (hashed !== undefined && hashed.number < named.number)
      ? hashed?.value
      : named.value;
  }

  #firstIn(
    table: Table<Uint8Array, Uint8Array>,
    what: Uint8Array,
  ): { readonly number: number; readonly value: Uint8Array } | undefined {
    const range = { from: withNumber(what, this.#number + 1), to: withNumber(what, LATEST), countMax: 1 };
    for (const [key, value] of table.range(range)) return { number: numberOf(key), value };
    return undefined;
  }
}

function readAccount(address: Address, value: Uint8Array): StoredAccount {
  try {
    return accountCodec.decode(value);
  } catch (cause) {
    throw storageErrors.STORE_CORRUPT({ unreadable: "former account", address }, cause);
  }
}

function accountKey(address: Address): Uint8Array {
  return keyOf(address, KINDS.account, ABSENT);
}

function slotKey(address: Address, slot: Hash): Uint8Array {
  return keyOf(address, KINDS.slot, hexToBytes(slot));
}

function hashedSlotKey(address: Address, slotHash: Uint8Array): Uint8Array {
  return keyOf(address, KINDS.hashedSlot, slotHash);
}

function keyOf(address: Address, kind: Kind, slot: Uint8Array): Uint8Array {
  return concatBytes(hexToBytes(address), Uint8Array.of(kind), slot);
}

/** Adds the length, so that no key is a prefix of another. */
function nodePrefix(key: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(key.length), key);
}

function withNumber(what: Uint8Array, number: number | bigint): Uint8Array {
  return concatBytes(what, bigintToBytes(BigInt(number), NUMBER_SIZE));
}

export function formerValueKey(what: Uint8Array, number: number): Uint8Array {
  return withNumber(what, number);
}

export function formerNodeKey(key: Uint8Array, number: number): Uint8Array {
  return withNumber(nodePrefix(key), number);
}

function numberOf(key: Uint8Array): number {
  return Number(bytesToBigint(key.subarray(-NUMBER_SIZE)));
}

export function formerNodeNumber(key: Uint8Array): number {
  if (key.length !== 1 + key[0]! + NUMBER_SIZE) {
    throw storageErrors.STORE_CORRUPT({ unreadable: "former node", key: bytesToHex(key) });
  }
  return numberOf(key);
}

export interface HistoryPlace {
  readonly address: Address;
  readonly slot: Hash | undefined;
  readonly slotHash: Hash | undefined;
  readonly number: number;
}

export function historyPlace(key: Uint8Array): HistoryPlace {
  const kind = key[ADDRESS_SIZE];
  const size = kind === KINDS.slot || kind === KINDS.hashedSlot ? SLOT_KEY_SIZE : ACCOUNT_KEY_SIZE;
  if (key.length !== size) throw storageErrors.STORE_CORRUPT({ unreadable: "history", key: bytesToHex(key) });
  const slot = bytesToHex(key.subarray(ADDRESS_SIZE + 1, ADDRESS_SIZE + 33));
  return {
    address: bytesToHex(key.subarray(0, ADDRESS_SIZE)),
    slot: kind === KINDS.slot ? slot : undefined,
    slotHash: kind === KINDS.hashedSlot ? slot : undefined,
    number: numberOf(key),
  };
}

const ADDRESS_SIZE = 20;
const ACCOUNT_KEY_SIZE = ADDRESS_SIZE + 1 + NUMBER_SIZE;
const SLOT_KEY_SIZE = ADDRESS_SIZE + 1 + 32 + NUMBER_SIZE;
