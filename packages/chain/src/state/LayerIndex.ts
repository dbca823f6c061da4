import { bytesToHex } from "@trellis/base";
import type { Address, Hash } from "@trellis/protocol";
import { storageOwner } from "./BaseState.ts";
import type { StateLayer } from "./StateLayer.ts";

/** Indexed by changed key, so that a read costs the same for any number of layers. */
export class LayerIndex {
  readonly accounts = new LayersByKey<Address>();
  readonly storageTries = new LayersByKey<Address>();
  readonly #owners = new Map<Hash, Address>();
  readonly #cleared = new LayersByKey<Address>();
  readonly #slots = new Map<Address, LayersByKey<Hash>>();
  readonly #codes = new Map<Hash, { readonly code: Uint8Array; layers: number }>();

  add(layer: StateLayer): void {
    const { accounts, storageTries, storageCleared, storage, codes } = layer.changes;
    for (const address of accounts.keys()) this.accounts.add(address, layer);
    for (const address of storageTries.keys()) {
      if (!this.storageTries.has(address)) this.#owners.set(ownerOf(address), address);
      this.storageTries.add(address, layer);
    }
    for (const address of storageCleared) this.#cleared.add(address, layer);
    for (const [address, values] of storage) {
      const slots = this.#slots.get(address) ?? new LayersByKey<Hash>();
      this.#slots.set(address, slots);
      for (const slot of values.keys()) slots.add(slot, layer);
    }
    for (const [codeHash, code] of codes) {
      const known = this.#codes.get(codeHash);
      if (known === undefined) this.#codes.set(codeHash, { code, layers: 1 });
      else known.layers += 1;
    }
  }

  remove(layer: StateLayer): void {
    const { accounts, storageTries, storageCleared, storage, codes } = layer.changes;
    for (const address of accounts.keys()) this.accounts.remove(address, layer);
    for (const address of storageTries.keys()) {
      this.storageTries.remove(address, layer);
      if (!this.storageTries.has(address)) this.#owners.delete(ownerOf(address));
    }
    for (const address of storageCleared) this.#cleared.remove(address, layer);
    for (const [address, values] of storage) {
      const slots = this.#slots.get(address)!;
      for (const slot of values.keys()) slots.remove(slot, layer);
      if (slots.isEmpty) this.#slots.delete(address);
    }
    for (const codeHash of codes.keys()) {
      const known = this.#codes.get(codeHash)!;
      known.layers -= 1;
      if (known.layers === 0) this.#codes.delete(codeHash);
    }
  }

  code(codeHash: Hash): Uint8Array | undefined {
    return this.#codes.get(codeHash)?.code;
  }

  accountOf(owner: Hash): Address | undefined {
    return this.#owners.get(owner);
  }

  /** Undefined if no layer from `from` down changed the slot. */
  storage(address: Address, slot: Hash, from: StateLayer): bigint | undefined {
    const changed = this.#slots.get(address)?.newestUnder(slot, from);
    const cleared = this.#cleared.newestUnder(address, from);
    if (changed === undefined && cleared === undefined) return undefined;
    // One layer may clear storage and then set slots.
    if (changed !== undefined && changed.number >= (cleared?.number ?? 0)) {
      return changed.changes.storage.get(address)!.get(slot)!;
    }
    return 0n;
  }
}

function ownerOf(address: Address): Hash {
  return bytesToHex(storageOwner(address));
}

/** Lower layers first. */
class LayersByKey<K> {
  readonly #layers = new Map<K, StateLayer | StateLayer[]>();

  get isEmpty(): boolean {
    return this.#layers.size === 0;
  }

  has(key: K): boolean {
    return this.#layers.has(key);
  }

  add(key: K, layer: StateLayer): void {
    const others = this.#layers.get(key);
    if (others === undefined) this.#layers.set(key, layer);
    else if (Array.isArray(others)) others.push(layer);
    else this.#layers.set(key, [others, layer]);
  }

  remove(key: K, layer: StateLayer): void {
    const layers = this.#layers.get(key);
    if (!Array.isArray(layers)) {
      this.#layers.delete(key);
      return;
    }
    layers.splice(layers.indexOf(layer), 1);
    if (layers.length === 1) this.#layers.set(key, layers[0]!);
  }

  newestUnder(key: K, from: StateLayer): StateLayer | undefined {
    const layers = this.#layers.get(key);
    if (layers === undefined || Array.isArray(layers)) return layers?.findLast((layer) => from.isOn(layer));
    return from.isOn(layers) ? layers : undefined;
  }
}
