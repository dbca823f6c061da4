import { LruMap } from "@trellis/base";
import { type Account, type Address, EMPTY_CODE_HASH, type Hash, type StateReader } from "@trellis/protocol";
import type { Read, ReadValues } from "./messages.ts";

/** Blocks until the main thread answers. @throws CALL_STOPPED */
type ReadRemote = <R extends Read>(read: R) => ReadValues[R["kind"]];

/** 50 Mgas read at most 24,000 accounts or slots (2,100 gas each). */
const READS_MAX = 32_768;
const CODE_BYTES_MAX = 32 * 1024 * 1024;
const CODE_ENTRY_BYTES = 128;
const NO_CODE = new Uint8Array(0);

/** For all states, because code is identified by its hash. */
export function createCodeCache(): LruMap<Hash, Uint8Array> {
  return new LruMap(CODE_BYTES_MAX, (code) => code.length + CODE_ENTRY_BYTES);
}

export class RemoteState implements StateReader {
  readonly #read: ReadRemote;
  readonly #codes: LruMap<Hash, Uint8Array>;
  readonly #accounts = new LruMap<Address, { readonly account: Account | undefined }>(READS_MAX);
  readonly #slots = new LruMap<string, bigint>(READS_MAX);

  constructor(read: ReadRemote, codes: LruMap<Hash, Uint8Array>) {
    this.#read = read;
    this.#codes = codes;
  }

  account(address: Address): Account | undefined {
    const known = this.#accounts.get(address);
    if (known !== undefined) return known.account;
    const account = this.#read({ kind: "account", address });
    this.#accounts.set(address, { account });
    return account;
  }

  storage(address: Address, slot: Hash): bigint {
    const key = `${address}${slot}`;
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const value = this.#read({ kind: "storage", address, slot });
    this.#slots.set(key, value);
    return value;
  }

  code(codeHash: Hash): Uint8Array {
    if (codeHash === EMPTY_CODE_HASH) return NO_CODE;
    const known = this.#codes.get(codeHash);
    if (known !== undefined) return known;
    const code = this.#read({ kind: "code", codeHash });
    this.#codes.set(codeHash, code);
    return code;
  }
}
