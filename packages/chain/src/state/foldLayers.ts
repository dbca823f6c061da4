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
  const fold = new LayerFold();
  for (const layer of layers) fold.add(layer);
  return fold;
}

/** Changes of consecutive layers, the lowest added first. */
export class LayerFold implements FlatChanges {
  readonly accounts = new Map<Address, StoredAccount | undefined>();
  readonly storage = new Map<Address, Map<Hash, bigint>>();
  readonly storageCleared = new Set<Address>();
  readonly codes = new Map<Hash, Uint8Array>();

  add({ changes }: StateLayer): void {
    for (const [address, account] of changes.accounts) this.accounts.set(address, account);
    for (const address of changes.storageCleared) {
      this.storageCleared.add(address);
      this.storage.delete(address);
    }
    for (const [address, values] of changes.storage) {
      const slots = this.storage.get(address) ?? new Map<Hash, bigint>();
      for (const [slot, value] of values) slots.set(slot, value);
      this.storage.set(address, slots);
    }
    for (const [hash, code] of changes.codes) this.codes.set(hash, code);
  }
}
