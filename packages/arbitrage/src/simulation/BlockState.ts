import { bytesToHex, type Hex, hexToBytes, type LruMap } from "@trellis/base";
import { clientErrors, type StateClient, type TouchedAccount } from "@trellis/client";
import { keccak256 } from "@trellis/crypto";
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  type Hash,
  type StateReader,
  ZERO_HASH,
} from "@trellis/protocol";

export type CodeStore = LruMap<Hash, Uint8Array>;

export interface Misses {
  readonly isEmpty: boolean;
  readonly reader: StateReader & { blockHash(height: number): Hash };
  add(touched: readonly TouchedAccount[]): void;
  readonly accounts: ReadonlyMap<Address, ReadonlySet<Hash>>;
  readonly heights: ReadonlySet<number>;
}

const NO_BYTES = new Uint8Array(0);

export class BlockState {
  readonly blockHash: Hash;
  readonly #client: StateClient;
  readonly #codes: CodeStore;
  readonly #accounts = new Map<Address, Account | undefined>();
  readonly #slots = new Map<Address, Map<Hash, bigint>>();
  readonly #hashes = new Map<number, Hash>();

  constructor(blockHash: Hash, client: StateClient, codes: CodeStore) {
    this.blockHash = blockHash;
    this.#client = client;
    this.#codes = codes;
  }

  /** Returns a reader that records missing state. Use a new one for each run: the EVM caches what it reads. */
  misses(): Misses {
    const accounts = new Map<Address, Set<Hash>>();
    const heights = new Set<number>();
    const miss = (address: Address): Set<Hash> => {
      const slots = accounts.get(address) ?? new Set();
      accounts.set(address, slots);
      return slots;
    };
    const addressOf = new Map<Hash, Address>();
    return {
      accounts,
      heights,
      get isEmpty() {
        return accounts.size === 0 && heights.size === 0;
      },
      add: (touched) => {
        for (const { address, slots } of touched) {
          if (!this.#accounts.has(address)) miss(address);
          for (const slot of slots) if (!this.#slots.get(address)?.has(slot)) miss(address).add(slot);
        }
      },
      reader: {
        account: (address) => {
          if (!this.#accounts.has(address)) miss(address);
          const account = this.#accounts.get(address);
          if (account !== undefined) addressOf.set(account.codeHash, address);
          return account;
        },
        storage: (address, slot) => {
          const value = this.#slots.get(address)?.get(slot);
          if (value === undefined) miss(address).add(slot);
          return value ?? 0n;
        },
        code: (codeHash) => {
          if (codeHash === EMPTY_CODE_HASH) return NO_BYTES;
          const code = this.#codes.get(codeHash);
          const address = addressOf.get(codeHash);
          if (code === undefined && address !== undefined) miss(address);
          return code ?? NO_BYTES;
        },
        blockHash: (height) => {
          const hash = this.#hashes.get(height);
          if (hash === undefined) heights.add(height);
          return hash ?? ZERO_HASH;
        },
      },
    };
  }

  async fetch({ accounts, heights }: Misses): Promise<void> {
    await Promise.all([
      ...[...accounts].map(([address, slots]) => this.#fetchAccount(address, [...slots])),
      ...[...heights].map((height) => this.#fetchHash(height)),
    ]);
  }

  async #fetchAccount(address: Address, slots: readonly Hash[]): Promise<void> {
    const state = await this.#client.account(address, slots, this.blockHash);
    const { nonce, balance, codeHash } = state;
    await this.#fetchCode(address, codeHash);
    const isThere = nonce !== 0n || balance !== 0n || codeHash !== EMPTY_CODE_HASH;
    this.#accounts.set(address, isThere ? { nonce, balance, codeHash } : undefined);
    const known = this.#slots.get(address) ?? new Map<Hash, bigint>();
    this.#slots.set(address, known);
    for (const [place, slot] of slots.entries()) known.set(slot, state.slots[place] ?? 0n);
  }

  async #fetchCode(address: Address, codeHash: Hash): Promise<void> {
    if (codeHash === EMPTY_CODE_HASH || this.#codes.has(codeHash)) return;
    const code = hexToBytes(await this.#client.code(address, this.blockHash));
    const got: Hex = bytesToHex(keccak256(code));
    if (got !== codeHash)
      throw clientErrors.NODE_UNREACHABLE({
        reason: "invalid response",
        node: this.#client.name,
        expected: `code ${codeHash}`,
        got,
      });
    this.#codes.set(codeHash, code);
  }

  async #fetchHash(height: number): Promise<void> {
    this.#hashes.set(height, (await this.#client.blockHash(height)) ?? ZERO_HASH);
  }
}
