import { bytesToHex, hexToBytes, LruMap } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Address, Hash } from "../words.ts";

/** [PARAM-7] */
export const KEY_REGISTRY_ADDRESS: Address = "0x0000000000000000000000000000000000005001";

const SLOTS_MAX = 16_384;
/** Senders repeat, and hashing takes longer than the rest of a check. About 4 MiB. */
const knownSlots = new LruMap<Address, Hash>(SLOTS_MAX);

/** Of the account's key id. [TX-10] */
export function keyRegistrySlot(account: Address): Hash {
  const known = knownSlots.get(account);
  if (known !== undefined) return known;
  const entry = new Uint8Array(64);
  entry.set(hexToBytes(account), 12);
  const slot = bytesToHex(keccak256(entry));
  knownSlots.set(account, slot);
  return slot;
}
