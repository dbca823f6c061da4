import type { Address, DumpedAccount, Hash } from "@trellis/protocol";
import type { BaseState } from "./BaseState.ts";
import { foldLayers } from "./foldLayers.ts";
import type { StateLayer } from "./StateLayer.ts";

/** Ascending by address. @param layers consecutive, the first one on the base */
export function* listAccounts(base: BaseState, layers: readonly StateLayer[]): Generator<DumpedAccount> {
  const { accounts, storage, storageCleared, codes } = foldLayers(layers);
  const addresses = new Set([...base.addresses(), ...accounts.keys()]);
  const slotsOf = (address: Address): ReadonlyMap<Hash, bigint> => {
    const slots = new Map(storageCleared.has(address) ? [] : base.slotsOf(address));
    for (const [slot, value] of storage.get(address) ?? []) {
      // Above a fork, a zero replaces the forked value.
      if (value === 0n && !base.isForked) slots.delete(slot);
      else slots.set(slot, value);
    }
    return slots;
  };
  for (const address of [...addresses].sort()) {
    const account = accounts.has(address) ? accounts.get(address) : base.account(address);
    if (account === undefined) continue;
    const { nonce, balance, codeHash } = account;
    const code = codes.get(codeHash) ?? base.code(codeHash);
    yield { address, nonce, balance, code, storage: slotsOf(address) };
  }
}
