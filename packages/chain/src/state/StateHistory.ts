import {
  bigintToBytes,
  bigintToMinimalBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  hexToBytes,
} from "@trellis/base";
import {
  type Account,
  type Address,
  decodeAccount,
  encodeAccount,
  type Hash,
  type StateReader,
} from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import type { BaseState, StateTables } from "./BaseState.ts";
import { stateErrors } from "./errors.ts";
import type { StateLayer, StoredState } from "./StateLayer.ts";

const LATEST = 0xffff_ffff_ffff_ffffn;

/**
 * What final blocks replaced: for each account and slot that block n changed, its value before n, under the key
 * (what, n). The value after block m is the one replaced first after m, or else today's. [EXEC-17]
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
  writesOf(layers: readonly StateLayer[], stateUnder: (layer: StateLayer) => StoredState): WriteOperation[] {
    const writes: WriteOperation[] = [];
    layers.forEach((layer, index) => {
      const before = stateUnder(layer);
      for (const address of layer.changes.accounts.keys())
        writes.push(this.#accountBefore(layer, before, address));
      for (const [address, slots] of this.#slotsOf(layer, layers.slice(0, index))) {
        for (const slot of slots) {
          const value = bigintToMinimalBytes(before.storage(address, slot));
          writes.push(this.#tables.history.put(keyOf(address, slot, layer.number), value));
        }
      }
    });
    return writes;
  }

  /** The state after a final block. */
  readerAfter(number: number): StateReader {
    return {
      account: (address) => {
        const value = this.#replacedAfter(address, undefined, number);
        if (value === undefined) return this.#base.account(address);
        return value.length === 0 ? undefined : readAccount(address, value);
      },
      storage: (address, slot) => {
        const value = this.#replacedAfter(address, slot, number);
        return value === undefined ? this.#base.storage(address, slot) : bytesToBigint(value);
      },
      code: (codeHash) => this.#base.code(codeHash),
    };
  }

  #accountBefore({ number }: StateLayer, before: StoredState, address: Address): WriteOperation {
    const account = before.account(address);
    const value = account === undefined ? new Uint8Array(0) : encodeAccount(account, account.storageRoot);
    return this.#tables.history.put(keyOf(address, undefined, number), value);
  }

  /** The slots that a layer changes; of a storage that it clears, all that are on disk or came with the layers under it. */
  #slotsOf({ changes }: StateLayer, under: readonly StateLayer[]): Map<Address, Set<Hash>> {
    const slots = new Map([...changes.storage].map(([address, values]) => [address, new Set(values.keys())]));
    for (const address of changes.storageCleared) {
      const cleared = slots.get(address) ?? new Set<Hash>();
      for (const [slot] of this.#base.slotsOf(address)) cleared.add(slot);
      for (const layer of under) {
        for (const slot of layer.changes.storage.get(address)?.keys() ?? []) cleared.add(slot);
      }
      slots.set(address, cleared);
    }
    return slots;
  }

  #replacedAfter(address: Address, slot: Hash | undefined, number: number): Uint8Array | undefined {
    const from = keyOf(address, slot, number + 1);
    const to = keyOf(address, slot, LATEST);
    for (const [, value] of this.#tables.history.range({ from, to, countMax: 1 })) return value;
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

/** Accounts and slots have keys of different lengths; the zero byte keeps an account's from its slots'. */
function keyOf(address: Address, slot: Hash | undefined, number: number | bigint): Uint8Array {
  const what = slot === undefined ? Uint8Array.of(0) : concatBytes(Uint8Array.of(1), hexToBytes(slot));
  return concatBytes(hexToBytes(address), what, bigintToBytes(BigInt(number), 8));
}

/** What an entry of the history table is about: an account, or a slot of it, before a block. @throws STATE_CORRUPT */
export function historyPlace(key: Uint8Array): { address: Address; slot: Hash | undefined; number: number } {
  const isSlot = key[ADDRESS_SIZE] === 1;
  const size = isSlot ? SLOT_KEY_SIZE : ACCOUNT_KEY_SIZE;
  if (key.length !== size) throw stateErrors.STATE_CORRUPT({ unreadable: "history", key: bytesToHex(key) });
  return {
    address: bytesToHex(key.subarray(0, ADDRESS_SIZE)),
    slot: isSlot ? bytesToHex(key.subarray(ADDRESS_SIZE + 1, ADDRESS_SIZE + 33)) : undefined,
    number: Number(bytesToBigint(key.subarray(size - 8))),
  };
}

const ADDRESS_SIZE = 20;
const ACCOUNT_KEY_SIZE = ADDRESS_SIZE + 1 + 8;
const SLOT_KEY_SIZE = ADDRESS_SIZE + 1 + 32 + 8;
