import type { Hash } from "../words.ts";
import type { StateChanges, StateReader } from "./state.ts";

export function withChanges(state: StateReader, changes: StateChanges): StateReader {
  const { accounts, storage, storageCleared, codes } = changes;
  return {
    account: (address) => (accounts.has(address) ? accounts.get(address) : state.account(address)),
    storage(address, slot: Hash) {
      const value = storage.get(address)?.get(slot);
      if (value !== undefined) return value;
      return storageCleared.has(address) ? 0n : state.storage(address, slot);
    },
    code: (codeHash) => codes.get(codeHash) ?? state.code(codeHash),
  };
}
