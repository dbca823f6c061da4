import {
  bigintToMinimalBytes,
  bytesToBigint,
  type Clock,
  concatBytes,
  hexToBytes,
  type Log,
  LruMap,
} from "@trellis/base";
import {
  type Account,
  type Address,
  decodeAccount,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeAccount,
  type Hash,
  type OriginState,
  ZERO_HASH,
} from "@trellis/protocol";
import {
  bytesCodec,
  type Codec,
  hexCodec,
  type KeyValueStore,
  openTables,
  uintCodec,
  type WriteOperation,
} from "@trellis/storage";
import { trellisErrors } from "../../errors.ts";
import type { ForkAccount, ForkBlock } from "./ForkReader.ts";
import type { AnswerTo, Question } from "./forkMessages.ts";
import type { ForkThread } from "./startForkThread.ts";

interface ForkPorts {
  readonly thread: Pick<ForkThread, "ask" | "askNow">;
  readonly cache: KeyValueStore;
  readonly clock: Clock;
  readonly log: Log;
}

interface KnownAccount {
  readonly account: Account | undefined;
  readonly storageRoot: Hash | undefined;
}

/** About 10 MB each. */
const ACCOUNTS_MAX = 32_768;
const SLOTS_MAX = 65_536;
const CODE_BYTES_MAX = 32 << 20;
const HASHES_MAX = 256;
const RETRY_MS_MIN = 1_000;
const CODE_ENTRY_BYTES = 128;
const NO_CODE = new Uint8Array(0);

/** An absent account is stored as an empty one, an unknown storage root as zeros. */
const knownCodec: Codec<KnownAccount> = {
  encode: ({ account = EMPTY, storageRoot = ZERO_HASH }) => encodeAccount(account, storageRoot),
  decode: (bytes) => {
    const { account, storageRoot } = decodeAccount(bytes);
    const { nonce, balance, codeHash } = account;
    const isAbsent = nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH;
    return {
      account: isAbsent ? undefined : account,
      storageRoot: storageRoot === ZERO_HASH ? undefined : storageRoot,
    };
  },
};
const EMPTY: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

/** Ids are permanent. */
const TABLES = {
  accounts: { id: 1, key: hexCodec, value: knownCodec },
  /** Address and slot. */
  slots: { id: 2, key: bytesCodec, value: { encode: bigintToMinimalBytes, decode: bytesToBigint } },
  codes: { id: 3, key: hexCodec, value: bytesCodec },
  hashes: { id: 4, key: uintCodec, value: hexCodec },
} as const;

/** State after a block of another chain, through a cache. Reads throw FORK_DIFFERENT, FORK_READ_FAILED. [DEV-7] */
export class ForkState implements OriginState {
  readonly #block: ForkBlock;
  readonly #ports: ForkPorts;
  readonly #tables;
  readonly #accounts = new LruMap<Address, KnownAccount>(ACCOUNTS_MAX);
  readonly #slots = new LruMap<string, bigint>(SLOTS_MAX);
  readonly #codes = new LruMap<Hash, Uint8Array>(CODE_BYTES_MAX, (code) => code.length + CODE_ENTRY_BYTES);
  /** BLOCKHASH reaches 256 blocks back. */
  readonly #hashes = new LruMap<number, Hash>(HASHES_MAX);
  readonly #loading = new Map<string, Promise<void>>();
  #failed: { readonly error: unknown; readonly untilMs: number } | undefined;
  #mayWait = false;
  /** Value for which a read within `reading` has to wait. */
  #missing: Promise<void> | undefined;

  constructor(block: ForkBlock, ports: ForkPorts) {
    this.#block = block;
    this.#ports = ports;
    this.#tables = openTables(TABLES, ports.cache);
  }

  account(address: Address): Account | undefined {
    return this.#known(address).account;
  }

  storage(address: Address, slot: Hash): bigint {
    const key = address + slot;
    const encoded = concatBytes(hexToBytes(address), hexToBytes(slot));
    const cached = this.#slots.get(key) ?? this.#tables.slots.get(encoded);
    if (cached !== undefined) {
      this.#slots.set(key, cached);
      return cached;
    }
    const { account, storageRoot } = this.#known(address);
    if (account === undefined || storageRoot === EMPTY_TRIE_ROOT) return 0n;
    // Without proofs, only contracts have storage.
    if (storageRoot === undefined && account.codeHash === EMPTY_CODE_HASH) return 0n;
    this.#obtain(key, { kind: "slot", block: this.#block, address, slot, storageRoot }, (value) => {
      this.#slots.set(key, value);
      this.#store(this.#tables.slots.put(encoded, value));
    });
    return this.#slots.get(key)!;
  }

  code(codeHash: Hash): Uint8Array {
    if (codeHash === EMPTY_CODE_HASH) return NO_CODE;
    const code = this.#codes.get(codeHash) ?? this.#tables.codes.get(codeHash);
    if (code === undefined)
      throw trellisErrors.FORK_READ_FAILED({ reason: "code not in the cache", codeHash });
    this.#codes.set(codeHash, code);
    return code;
  }

  blockHash(number: number): Hash {
    if (number === this.#block.number) return this.#block.hash;
    const cached = this.#hashes.get(number) ?? this.#tables.hashes.get(number);
    if (cached !== undefined) return cached;
    this.#obtain(`${number}`, { kind: "blockHash", block: this.#block, number }, (hash) => {
      this.#hashes.set(number, hash);
      this.#store(this.#tables.hashes.put(number, hash));
    });
    return this.#hashes.get(number)!;
  }

  /** Reads the accounts into the cache. @throws FORK_DIFFERENT, FORK_READ_FAILED */
  async load(addresses: readonly Address[]): Promise<void> {
    const missing = addresses.filter((address) => this.#cachedAccount(address) === undefined);
    await Promise.all(missing.map((address) => this.#load(...this.#accountRequest(address))));
  }

  /** Waits for values that are not in the cache, where reads outside block the thread. */
  reading<T>(read: () => T): T | Promise<T> {
    this.#mayWait = true;
    try {
      return read();
    } catch (error) {
      if (this.#missing === undefined) throw error;
      return this.#missing.then(() => this.reading(read));
    } finally {
      this.#mayWait = false;
      this.#missing = undefined;
    }
  }

  #known(address: Address): KnownAccount {
    const cached = this.#cachedAccount(address);
    if (cached !== undefined) return cached;
    this.#obtain(...this.#accountRequest(address));
    return this.#accounts.get(address)!;
  }

  #cachedAccount(address: Address): KnownAccount | undefined {
    const known = this.#accounts.get(address) ?? this.#tables.accounts.get(address);
    if (known !== undefined) this.#accounts.set(address, known);
    return known;
  }

  #accountRequest(address: Address) {
    const question = { kind: "account", block: this.#block, address } as const;
    return [address, question, (answer: ForkAccount) => this.#keepAccount(address, answer)] as const;
  }

  #keepAccount(address: Address, { account, code, storageRoot }: ForkAccount): void {
    const known = { account, storageRoot };
    this.#accounts.set(address, known);
    const writes = [this.#tables.accounts.put(address, known)];
    if (account !== undefined && code.length > 0) {
      this.#codes.set(account.codeHash, code);
      writes.push(this.#tables.codes.put(account.codeHash, code));
    }
    this.#store(...writes);
  }

  #store(...operations: readonly WriteOperation[]): void {
    const { cache, log } = this.#ports;
    cache.write(operations).catch((error: Error) => log.warn("fork.cacheFailed", { error }));
  }

  #obtain<Q extends Question>(key: string, question: Q, keep: (answer: AnswerTo<Q>) => void): void {
    if (this.#mayWait) {
      this.#missing = this.#load(key, question, keep);
      throw trellisErrors.FORK_READ_FAILED({ reason: "value not in the cache" });
    }
    const fail = this.#begin();
    try {
      keep(this.#ports.thread.askNow(question));
    } catch (error) {
      fail(error);
      throw error;
    }
    this.#succeeded();
  }

  #load<Q extends Question>(key: string, question: Q, keep: (answer: AnswerTo<Q>) => void): Promise<void> {
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const load = this.#ask(question, keep).finally(() => this.#loading.delete(key));
    this.#loading.set(key, load);
    return load;
  }

  async #ask<Q extends Question>(question: Q, keep: (answer: AnswerTo<Q>) => void): Promise<void> {
    const fail = this.#begin();
    try {
      keep(await this.#ports.thread.ask(question));
    } catch (error) {
      fail(error);
      throw error;
    }
    this.#succeeded();
  }

  /** After a failure, reads fail at once for as long as it took: otherwise each would block the thread again. */
  #begin(): (error: unknown) => void {
    const { clock, log } = this.#ports;
    const startedMs = clock.nowMs();
    if (this.#failed !== undefined && startedMs < this.#failed.untilMs) throw this.#failed.error;
    return (error) => {
      const nowMs = clock.nowMs();
      if (this.#failed === undefined) log.warn("fork.readFailed", { error: error as Error });
      this.#failed = { error, untilMs: nowMs + Math.max(RETRY_MS_MIN, nowMs - startedMs) };
    };
  }

  #succeeded(): void {
    if (this.#failed !== undefined) this.#ports.log.info("fork.readRecovered", {});
    this.#failed = undefined;
  }
}

/** [DEV-7] */
export function withoutAccounts(state: OriginState, addresses: ReadonlySet<Address>): OriginState {
  return {
    account: (address) => (addresses.has(address) ? undefined : state.account(address)),
    storage: (address, slot) => (addresses.has(address) ? 0n : state.storage(address, slot)),
    code: (codeHash) => state.code(codeHash),
    blockHash: (number) => state.blockHash(number),
  };
}
