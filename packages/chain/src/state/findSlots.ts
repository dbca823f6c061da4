import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type { Address, Hash, StoredSlot } from "@trellis/protocol";
import { decodeSlot } from "./BaseState.ts";
import type { StateStore } from "./StateStore.ts";

/** Hashing them takes about 50 ms. */
const NAMES_MAX = 20_000;

interface SlotRange {
  readonly block: Hash;
  readonly address: Address;
  /** Hash of a slot. */
  readonly from: Hash;
  readonly countMax: number;
}

/** A trie has hashes only, so the slots of the newest state name them. @throws STATE_UNAVAILABLE */
export function findSlots(
  states: Pick<StateStore, "storageTrie" | "slotsOf">,
  { block, address, from, countMax }: SlotRange,
): StoredSlot[] {
  const values = new Map<Hash, bigint>();
  for (const [key, encoded] of states.storageTrie(block, address).entries(hexToBytes(from))) {
    if (values.size === countMax) break;
    values.set(bytesToHex(key), decodeSlot(encoded));
  }
  const names = namesOf(states.slotsOf(address), values);
  return [...values].map(([hash, value]) => ({ hash, slot: names.get(hash), value }));
}

function namesOf(slots: Iterable<Hash>, wanted: ReadonlyMap<Hash, unknown>): Map<Hash, Hash> {
  const names = new Map<Hash, Hash>();
  let left = NAMES_MAX;
  for (const slot of slots) {
    if (names.size === wanted.size || left-- === 0) break;
    const hash = keccak256Hex(hexToBytes(slot));
    if (wanted.has(hash)) names.set(hash, slot);
  }
  return names;
}
