import type { StateManagerInterface } from "@ethereumjs/common";
import { OriginalStorageCache } from "@ethereumjs/statemanager";
import { Account, type Address, bytesToHex, hexToBytes, setLengthLeft, unpadBytes } from "@ethereumjs/util";
import { bigintToMinimalBytes, bytesToBigint } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import type {
  AccountOverride,
  Hash,
  Account as ProtocolAccount,
  StateChanges,
  StateReader,
} from "@trellis/protocol";

type Undo = () => void;

/** ethereumjs's state manager over a StateReader: changes in maps, checkpoints as an undo log. */
export class OracleState implements StateManagerInterface {
  readonly #reader: StateReader;
  readonly #accounts = new Map<string, Account | undefined>();
  readonly #codes = new Map<string, Uint8Array>();
  readonly #slots = new Map<string, Map<string, Uint8Array>>();
  readonly #cleared = new Set<string>();
  readonly #undo: Undo[] = [];
  readonly #checkpoints: number[] = [];
  readonly originalStorageCache = new OriginalStorageCache(this.getStorage.bind(this));

  constructor(reader: StateReader) {
    this.#reader = reader;
  }

  applyOverrides(overrides: ReadonlyMap<`0x${string}`, AccountOverride>): void {
    for (const [address, override] of overrides) {
      const account = this.#read(address) ?? new Account();
      if (override.nonce !== undefined) account.nonce = override.nonce;
      if (override.balance !== undefined) account.balance = override.balance;
      if (override.code !== undefined) {
        account.codeHash = keccak256(override.code);
        this.#codes.set(bytesToHex(account.codeHash), override.code);
      }
      this.#accounts.set(address, account);
      if (override.state !== undefined) this.#cleared.add(address);
      for (const [slot, value] of override.state ?? override.stateDiff ?? []) {
        this.#slotsOf(address).set(slot, bigintToMinimalBytes(value));
      }
    }
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const account = this.#read(address.toString());
    return account === undefined ? undefined : copyOf(account);
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    this.#set(this.#accounts, address.toString(), account === undefined ? undefined : copyOf(account));
  }

  async deleteAccount(address: Address): Promise<void> {
    await this.clearStorage(address);
    this.#set(this.#accounts, address.toString(), undefined);
  }

  async modifyAccountFields(
    address: Address,
    fields: Parameters<StateManagerInterface["modifyAccountFields"]>[1],
  ): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account();
    account.nonce = fields.nonce ?? account.nonce;
    account.balance = fields.balance ?? account.balance;
    account.codeHash = fields.codeHash ?? account.codeHash;
    await this.putAccount(address, account);
  }

  async putCode(address: Address, value: Uint8Array): Promise<void> {
    const codeHash = keccak256(value);
    this.#set(this.#codes, bytesToHex(codeHash), value);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const account = this.#read(address.toString());
    if (account === undefined || !account.isContract()) return new Uint8Array(0);
    const hash = bytesToHex(account.codeHash);
    return this.#codes.get(hash) ?? this.#reader.code(hash);
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const name = address.toString();
    const slot = bytesToHex(key);
    const own = this.#slots.get(name)?.get(slot);
    if (own !== undefined) return own;
    if (this.#cleared.has(name)) return new Uint8Array(0);
    return bigintToMinimalBytes(this.#reader.storage(name, slot));
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#set(this.#slotsOf(address.toString()), bytesToHex(key), unpadBytes(value));
  }

  async clearStorage(address: Address): Promise<void> {
    const name = address.toString();
    const slots = this.#slots.get(name);
    const wasCleared = this.#cleared.has(name);
    this.#slots.delete(name);
    this.#cleared.add(name);
    this.#undo.push(() => {
      if (slots !== undefined) this.#slots.set(name, slots);
      if (!wasCleared) this.#cleared.delete(name);
    });
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length);
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop();
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
    return new OracleState(this.#reader);
  }

  changes(): StateChanges {
    const accounts = new Map<Hash, ProtocolAccount | undefined>();
    for (const [address, account] of this.#accounts) {
      accounts.set(address as Hash, account === undefined ? undefined : toProtocol(account));
    }
    const storage = new Map<Hash, Map<Hash, bigint>>();
    for (const [address, slots] of this.#slots) {
      storage.set(
        address as Hash,
        new Map([...slots].map(([slot, value]) => [slot as Hash, bytesToBigint(value)])),
      );
    }
    const codes = new Map([...this.#codes].map(([hash, code]) => [hash as Hash, code]));
    return { accounts, storage, storageCleared: this.#cleared as Set<Hash>, codes };
  }

  #read(name: string): Account | undefined {
    if (this.#accounts.has(name)) return this.#accounts.get(name);
    const stored = this.#reader.account(name as Hash);
    if (stored === undefined) return undefined;
    return new Account(stored.nonce, stored.balance, undefined, hexToBytes(stored.codeHash));
  }

  #slotsOf(name: string): Map<string, Uint8Array> {
    const slots = this.#slots.get(name) ?? new Map<string, Uint8Array>();
    this.#slots.set(name, slots);
    return slots;
  }

  #set<V>(map: Map<string, V>, key: string, value: V): void {
    const had = map.has(key);
    const before = map.get(key);
    map.set(key, value);
    this.#undo.push(() => (had ? map.set(key, before as V) : map.delete(key)));
  }
}

function copyOf(account: Account): Account {
  return new Account(account.nonce, account.balance, account.storageRoot, account.codeHash);
}

function toProtocol(account: Account): ProtocolAccount {
  return { nonce: account.nonce, balance: account.balance, codeHash: keccakName(account.codeHash) };
}

function keccakName(hash: Uint8Array): Hash {
  return hash.length === 32 ? bytesToHex(hash) : keccak256Hex(setLengthLeft(hash, 32));
}
