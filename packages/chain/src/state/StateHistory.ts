import {
  bigintToBytes,
  bigintToMinimalBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  hexToBytes,
} from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import {
  type Account,
  type Address,
  decodeAccount,
  encodeAccount,
  type Hash,
  type StateReader,
} from "@trellis/protocol";
import type { Trie, WriteOperation } from "@trellis/storage";
import { type BaseState, decodeSlot, type StateTables } from "./BaseState.ts";
import { stateErrors } from "./errors.ts";
import type { StateLayer, StoredState } from "./StateLayer.ts";

/** The byte behind the address in a key. */
const KINDS = { account: 0, slot: 1, hashedSlot: 2 } as const;
type Kind = (typeof KINDS)[keyof typeof KINDS];

const LATEST = 0xffff_ffff_ffff_ffffn;

/** What a layer stands on. */
export interface StateWithTries extends StoredState {
  storageTrie(address: Address): Trie;
}

/**
 * What final blocks replaced: for each account and slot that block n changed, its value before n, under the key
 * (what, n). The value after block m is the one replaced first after m, or else today's. Of a storage
 * that was taken over and is cleared, slots are kept under the hashes of their names: nobody here knows more. [EXEC-17]
 */
export class StateHistory {
  readonly #tables: StateTables;
  readonly #base: BaseState;

  constructor(tables: StateTables, base: BaseState) {
    this.#tables = tables;
    this.#base = base;
  }

  /**
   * Keeps what layers replace.
   * @param layers each on the one before, the first on the base
   * @param stateUnder the state that a layer stands on
   */
  writesOf(
    layers: readonly StateLayer[],
    stateUnder: (layer: StateLayer) => StateWithTries,
  ): WriteOperation[] {
    const writes: WriteOperation[] = [];
    layers.forEach((layer, index) => {
      const before = stateUnder(layer);
      for (const address of layer.changes.accounts.keys())
        writes.push(this.#accountBefore(layer, before, address));
      for (const [address, slots] of this.#slotsOf(layer, layers.slice(0, index), before)) {
        for (const slot of slots) {
          const value = bigintToMinimalBytes(before.storage(address, slot));
          writes.push(this.#tables.history.put(keyOf(address, KINDS.slot, slot, layer.number), value));
        }
      }
      if (this.#base.isAdopted) writes.push(...this.#hashedSlotsOf(layer, before));
    });
    return writes;
  }

  /** The state after a final block. */
  readerAfter(number: number): StateReader {
    return {
      account: (address) => {
        const value = this.#replacedAfter(address, KINDS.account, undefined, number)?.value;
        if (value === undefined) return this.#base.account(address);
        return value.length === 0 ? undefined : readAccount(address, value);
      },
      storage: (address, slot) => {
        const value = this.#slotReplacedAfter(address, slot, number);
        return value === undefined ? this.#base.storage(address, slot) : bytesToBigint(value);
      },
      code: (codeHash) => this.#base.code(codeHash),
    };
  }

  #accountBefore({ number }: StateLayer, before: StoredState, address: Address): WriteOperation {
    const account = before.account(address);
    const value = account === undefined ? new Uint8Array(0) : encodeAccount(account, account.storageRoot);
    return this.#tables.history.put(keyOf(address, KINDS.account, undefined, number), value);
  }

  /**
   * The slots that a layer changes; of a storage that it clears, those with a value, which are on disk or came with
   * the layers under it.
   */
  #slotsOf(
    { changes }: StateLayer,
    under: readonly StateLayer[],
    before: StoredState,
  ): Map<Address, Set<Hash>> {
    const slots = new Map([...changes.storage].map(([address, values]) => [address, new Set(values.keys())]));
    for (const address of changes.storageCleared) {
      const known = new Set([...this.#base.slotsOf(address)].map(([slot]) => slot));
      for (const layer of under) {
        for (const slot of layer.changes.storage.get(address)?.keys() ?? []) known.add(slot);
      }
      const cleared = [...known].filter((slot) => before.storage(address, slot) !== 0n);
      slots.set(address, new Set([...(slots.get(address) ?? []), ...cleared]));
    }
    return slots;
  }

  #hashedSlotsOf({ number, changes }: StateLayer, before: StateWithTries): WriteOperation[] {
    return [...changes.storageCleared].flatMap((address) =>
      [...before.storageTrie(address).entries()].map(([slotHash, encoded]) => {
        const key = keyOf(address, KINDS.hashedSlot, bytesToHex(slotHash), number);
        return this.#tables.history.put(key, bigintToMinimalBytes(decodeSlot(encoded)));
      }),
    );
  }

  #slotReplacedAfter(address: Address, slot: Hash, number: number): Uint8Array | undefined {
    const named = this.#replacedAfter(address, KINDS.slot, slot, number);
    if (!this.#base.isAdopted) return named?.value;
    const hashed = this.#replacedAfter(address, KINDS.hashedSlot, keccak256Hex(hexToBytes(slot)), number);
    return named === undefined || (hashed !== undefined && hashed.number < named.number)
      ? hashed?.value
      : named.value;
  }

  #replacedAfter(
    address: Address,
    kind: Kind,
    slot: Hash | undefined,
    number: number,
  ): { readonly number: number; readonly value: Uint8Array } | undefined {
    const from = keyOf(address, kind, slot, number + 1);
    const to = keyOf(address, kind, slot, LATEST);
    for (const [key, value] of this.#tables.history.range({ from, to, countMax: 1 })) {
      return { number: historyPlace(key).number, value };
    }
    return undefined;
  }
}

/** @throws STATE_CORRUPT */
function readAccount(address: Address, value: Uint8Array): Account {
  try {
    return decodeAccount(value).account;
  } catch (cause) {
    throw stateErrors.STATE_CORRUPT({ unreadable: "former account", address }, cause);
  }
}

/** @param slot its name or the hash of it, as the kind says; none for an account */
function keyOf(address: Address, kind: Kind, slot: Hash | undefined, number: number | bigint): Uint8Array {
  const what = concatBytes(Uint8Array.of(kind), slot === undefined ? new Uint8Array(0) : hexToBytes(slot));
  return concatBytes(hexToBytes(address), what, bigintToBytes(BigInt(number), 8));
}

/** What an entry of the history table is about: an account, or a slot of it, before a block. */
export interface HistoryPlace {
  readonly address: Address;
  readonly slot: Hash | undefined;
  /** The hash of a slot whose name is not known. */
  readonly slotHash: Hash | undefined;
  readonly number: number;
}

/** @throws STATE_CORRUPT */
export function historyPlace(key: Uint8Array): HistoryPlace {
  const kind = key[ADDRESS_SIZE];
  const size = kind === KINDS.slot || kind === KINDS.hashedSlot ? SLOT_KEY_SIZE : ACCOUNT_KEY_SIZE;
  if (key.length !== size) throw stateErrors.STATE_CORRUPT({ unreadable: "history", key: bytesToHex(key) });
  const slot = bytesToHex(key.subarray(ADDRESS_SIZE + 1, ADDRESS_SIZE + 33));
  return {
    address: bytesToHex(key.subarray(0, ADDRESS_SIZE)),
    slot: kind === KINDS.slot ? slot : undefined,
    slotHash: kind === KINDS.hashedSlot ? slot : undefined,
    number: Number(bytesToBigint(key.subarray(size - 8))),
  };
}

const ADDRESS_SIZE = 20;
const ACCOUNT_KEY_SIZE = ADDRESS_SIZE + 1 + 8;
const SLOT_KEY_SIZE = ADDRESS_SIZE + 1 + 32 + 8;
