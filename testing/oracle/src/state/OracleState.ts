import type { StateManagerInterface } from "@ethereumjs/common";
import { Account, type Address as OracleAddress } from "@ethereumjs/util";
import { bigintToMinimalBytes, bytesToBigint, bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { AccountOverride, Address, Hash, StateChanges, StateReader } from "@trellis/protocol";
import { stateChanges, type Written } from "./stateChanges.ts";

type Undo = () => void;

/** A creation at an account with storage fails (EIP-7610). */
type OracleReader = StateReader & { hasStorage?(address: Address): boolean };

/** ethereumjs only tests whether the root is empty. */
const SOME_STORAGE_ROOT = new Uint8Array(32);
const NO_CODE = new Uint8Array(0);
const EMPTY_READER: StateReader = { account: () => undefined, storage: () => 0n, code: () => NO_CODE };

/** `open` replaces the reader, because an EVM keeps its state manager. */
export class OracleState implements StateManagerInterface {
  #reader: OracleReader = EMPTY_READER;
  #written: Written = emptyWritten();
  #read = new Map<Address, Account | undefined>();
  #undo: Undo[] = [];
  #checkpoints: number[] = [];
  readonly #originals = new Map<string, Uint8Array>();
  readonly originalStorageCache = {
    get: async (address: OracleAddress, key: Uint8Array): Promise<Uint8Array> => {
      const name = originalName(nameOf(address), bytesToHex(key));
      const value = this.#originals.get(name) ?? (await this.getStorage(address, key));
      this.#originals.set(name, value);
      return value;
    },
    clear: () => this.#originals.clear(),
  };

  open(reader: OracleReader, overrides?: ReadonlyMap<Address, AccountOverride>): void {
    this.#reader = reader;
    this.#written = emptyWritten();
    this.#read = new Map();
    this.#undo = [];
    this.#checkpoints = [];
    this.originalStorageCache.clear();
    for (const [address, override] of overrides ?? []) this.#override(address, override);
  }

  close(): void {
    this.open(EMPTY_READER);
  }

  account(address: Address): Account | undefined {
    const { accounts } = this.#written;
    const own = accounts.get(address);
    if (own !== undefined || accounts.has(address)) return own;
    return this.#readAccount(address);
  }

  code(address: Address): Uint8Array {
    const account = this.account(address);
    if (account === undefined || !account.isContract()) return NO_CODE;
    const hash = bytesToHex(account.codeHash);
    return this.#written.codes.get(hash) ?? this.#reader.code(hash);
  }

  slot(address: Address, slot: Hash): bigint {
    const own = this.#written.slots.get(address)?.get(slot);
    if (own !== undefined) return own;
    return this.#written.cleared.has(address) ? 0n : this.#reader.storage(address, slot);
  }

  /** ethereumjs reads this value before the first store. */
  originalSlot(address: Address, slot: Hash): bigint {
    const known = this.#originals.get(originalName(address, slot));
    return known === undefined ? this.slot(address, slot) : bytesToBigint(known);
  }

  credit(address: Address, amount: bigint): void {
    if (amount === 0n) return;
    const account = copyOf(this.account(address));
    account.balance += amount;
    this.#set(this.#written.accounts, address, account);
  }

  changes(): StateChanges {
    return stateChanges(this.#reader, this.#written);
  }

  async getAccount(address: OracleAddress): Promise<Account | undefined> {
    const account = this.account(nameOf(address));
    return account === undefined ? undefined : copyOf(account);
  }

  async putAccount(address: OracleAddress, account?: Account): Promise<void> {
    this.#set(this.#written.accounts, nameOf(address), account === undefined ? undefined : copyOf(account));
  }

  async deleteAccount(address: OracleAddress): Promise<void> {
    await this.clearStorage(address);
    this.#set(this.#written.accounts, nameOf(address), undefined);
  }

  async modifyAccountFields(
    address: OracleAddress,
    fields: Parameters<StateManagerInterface["modifyAccountFields"]>[1],
  ): Promise<void> {
    const account = copyOf(this.account(nameOf(address)));
    account.nonce = fields.nonce ?? account.nonce;
    account.balance = fields.balance ?? account.balance;
    account.codeHash = fields.codeHash ?? account.codeHash;
    this.#set(this.#written.accounts, nameOf(address), account);
  }

  async putCode(address: OracleAddress, code: Uint8Array): Promise<void> {
    const codeHash = keccak256(code);
    this.#set(this.#written.codes, bytesToHex(codeHash), code);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode(address: OracleAddress): Promise<Uint8Array> {
    return this.code(nameOf(address));
  }

  async getCodeSize(address: OracleAddress): Promise<number> {
    return this.code(nameOf(address)).length;
  }

  async getStorage(address: OracleAddress, key: Uint8Array): Promise<Uint8Array> {
    return bigintToMinimalBytes(this.slot(nameOf(address), bytesToHex(key)));
  }

  async putStorage(address: OracleAddress, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#set(this.#slotsOf(nameOf(address)), bytesToHex(key), bytesToBigint(value));
  }

  async clearStorage(address: OracleAddress): Promise<void> {
    const name = nameOf(address);
    const { slots, cleared } = this.#written;
    const before = slots.get(name);
    const wasCleared = cleared.has(name);
    slots.delete(name);
    cleared.add(name);
    this.#undo.push(() => {
      if (before === undefined) slots.delete(name);
      else slots.set(name, before);
      if (!wasCleared) cleared.delete(name);
    });
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length);
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop();
    if (this.#checkpoints.length === 0) this.#undo = [];
  }

  async revert(): Promise<void> {
    const size = this.#checkpoints.pop() ?? 0;
    while (this.#undo.length > size) this.#undo.pop()!();
  }

  clearCaches(): void {
    this.originalStorageCache.clear();
  }

  async getStateRoot(): Promise<Uint8Array> {
    return new Uint8Array(32);
  }

  async setStateRoot(): Promise<void> {}

  async hasStateRoot(): Promise<boolean> {
    return true;
  }

  shallowCopy(): StateManagerInterface {
    return new OracleState();
  }

  #readAccount(address: Address): Account | undefined {
    const known = this.#read.get(address);
    if (known !== undefined || this.#read.has(address)) return known;
    const stored = this.#reader.account(address);
    const storageRoot = this.#reader.hasStorage?.(address) === true ? SOME_STORAGE_ROOT : undefined;
    const account =
      stored === undefined
        ? undefined
        : new Account(stored.nonce, stored.balance, storageRoot, hexToBytes(stored.codeHash));
    this.#read.set(address, account);
    return account;
  }

  #override(address: Address, { nonce, balance, code, state, stateDiff }: AccountOverride): void {
    const { accounts, codes, cleared } = this.#written;
    const account = copyOf(this.account(address));
    account.nonce = nonce ?? account.nonce;
    account.balance = balance ?? account.balance;
    if (code !== undefined) {
      account.codeHash = keccak256(code);
      codes.set(bytesToHex(account.codeHash), code);
    }
    accounts.set(address, account);
    if (state !== undefined) cleared.add(address);
    const slots = this.#slotsOf(address);
    for (const [slot, value] of state ?? []) slots.set(slot, value);
    for (const [slot, value] of stateDiff ?? []) slots.set(slot, value);
  }

  #slotsOf(name: Address): Map<Hash, bigint> {
    const { slots } = this.#written;
    let own = slots.get(name);
    if (own === undefined) {
      own = new Map();
      slots.set(name, own);
    }
    return own;
  }

  #set<K, V>(map: Map<K, V>, key: K, value: V): void {
    const before = map.get(key);
    const had = before !== undefined || map.has(key);
    map.set(key, value);
    this.#undo.push(() => {
      if (had) map.set(key, before as V);
      else map.delete(key);
    });
  }
}

function nameOf(address: OracleAddress): Address {
  return bytesToHex(address.bytes);
}

function originalName(address: Address, slot: Hash): string {
  return `${address} ${slot}`;
}

function copyOf(account: Account | undefined): Account {
  if (account === undefined) return new Account();
  return new Account(account.nonce, account.balance, account.storageRoot, account.codeHash);
}

function emptyWritten(): Written {
  return { accounts: new Map(), codes: new Map(), slots: new Map(), cleared: new Set() };
}
