import { keccak256Hex } from "@trellis/crypto";
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  type GenesisAccount,
  type Hash,
  type StateChanges,
} from "@trellis/protocol";

export function genesisChanges(accounts: readonly GenesisAccount[]): StateChanges {
  const changed = new Map<Address, Account>();
  const storage = new Map<Address, ReadonlyMap<Hash, bigint>>();
  const codes = new Map<Hash, Uint8Array>();
  for (const { address, balance, nonce = 0n, code, storage: slots } of accounts) {
    const codeHash = code === undefined ? EMPTY_CODE_HASH : keccak256Hex(code);
    changed.set(address, { nonce, balance, codeHash });
    if (code !== undefined) codes.set(codeHash, code);
    if (slots !== undefined && slots.size > 0) storage.set(address, slots);
  }
  return { accounts: changed, storage, storageCleared: new Set(), codes };
}
