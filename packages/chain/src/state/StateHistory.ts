import { bigintToBytes, bigintToMinimalBytes, bytesToBigint, concatBytes, hexToBytes } from "@trellis/base";
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
import type { StateLayer } from "./StateLayer.ts";

const LATEST = 0xffff_ffff_ffff_ffffn;

/**
 * What final blocks replaced: for each account and slot that block n changed, its value before n, under the key
 * (what, n). The value after block m is the one replaced first after m, or else today's.
 */
export class StateHistory {
  readonly #tables: StateTables;
  readonly #base: BaseState;

  constructor(tables: StateTables, base: BaseState) {
    this.#tables = tables;
    this.#base = base;
  }

  /** Keeps what a layer replaces; `before` is the state under it. */
  writesOf({ number, changes }: StateLayer, before: StateBefore): WriteOperation[] {
    const { history } = this.#tables;
    const writes: WriteOperation[] = [];
    for (const address of changes.accounts.keys()) {
      const account = before.account(address);
      const value = account === undefined ? new Uint8Array(0) : encodeAccount(account, account.storageRoot);
      writes.push(history.put(keyOf(address, undefined, number), value));
    }
    const replaced = (address: Address, slot: Hash): WriteOperation =>
      history.put(keyOf(address, slot, number), bigintToMinimalBytes(before.storage(address, slot)));
    for (const address of changes.storageCleared) {
      for (const [slot] of this.#base.slotsOf(address)) writes.push(replaced(address, slot));
    }
    for (const [address, slots] of changes.storage) {
      for (const slot of slots.keys()) writes.push(replaced(address, slot));
    }
    return writes;
  }

  /** The state after a final block. */
  readerAfter(number: number): StateReader {
    return {
      account: (address) => {
        const value = this.#replacedAfter(address, undefined, number);
        if (value === undefined) return this.#base.account(address);
        return value.length === 0 ? undefined : (decodeAccount(value).account satisfies Account);
      },
      storage: (address, slot) => {
        const value = this.#replacedAfter(address, slot, number);
        return value === undefined ? this.#base.storage(address, slot) : bytesToBigint(value);
      },
      code: (codeHash) => this.#base.code(codeHash),
    };
  }

  #replacedAfter(address: Address, slot: Hash | undefined, number: number): Uint8Array | undefined {
    const from = keyOf(address, slot, number + 1);
    const to = keyOf(address, slot, LATEST);
    for (const [, value] of this.#tables.history.range({ from, to, countMax: 1 })) return value;
    return undefined;
  }
}

type StateBefore = Pick<StateLayer, "account" | "storage">;

/** Accounts and slots have keys of different lengths; the zero byte keeps an account's from its slots'. */
function keyOf(address: Address, slot: Hash | undefined, number: number | bigint): Uint8Array {
  const what = slot === undefined ? Uint8Array.of(0) : concatBytes(Uint8Array.of(1), hexToBytes(slot));
  return concatBytes(hexToBytes(address), what, bigintToBytes(BigInt(number), 8));
}
