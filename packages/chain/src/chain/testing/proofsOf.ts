import type { Address, ChainView, Hash } from "@trellis/protocol";

export function proofsOf(view: ChainView, block: Hash, address: Address, slots: readonly Hash[]): object {
  const { proveSlot, ...account } = view.proofAt(block, address);
  return { ...account, storageProofs: slots.map((slot) => ({ slot, ...proveSlot(slot) })) };
}
