import type { Address, Hash } from "@trellis/protocol";
import type { StoredAccount } from "../store/stateTables.ts";
import type { StateLayer } from "./StateLayer.ts";

export interface FlatChanges {
  readonly accounts: ReadonlyMap<Address, StoredAccount | undefined>;
  readonly storage: ReadonlyMap<Address, ReadonlyMap<Hash, bigint>>;
  readonly storageCleared: ReadonlySet<Address>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
}

export function foldLayers(layers: readonly StateLayer[]): FlatChanges {
  if (layers.length === 1) return layers[0]!.changes;
  const accounts = new Map<Address, StoredAccount | undefined>();
  const storage = new Map<Address, Map<Hash, bigint>>();
  const storageCleared = new Set<Address>();
  const codes = new Map<Hash, Uint8Array>();
  for (const { changes } of layers) {
    for (const [address, account] of changes.accounts) accounts.set(address, account);
    for (const address of changes.storageCleared) {
      storageCleared.add(address);
      storage.delete(address);
    }
    for (const [address, values] of changes.storage) {
      const slots = storage.get(address) ?? new Map<Hash, bigint>();
      for (const [slot, value] of values) slots.set(slot, value);
      storage.set(address, slots);
    }
    for (const [hash, code] of changes.codes) codes.set(hash, code);
  }
  return { accounts, storage, storageCleared, codes };
}
