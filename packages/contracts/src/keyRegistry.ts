import { bytesToHex, bytesToKey, hexToBytes, LruMap } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { type Address, type Hash, isAuthorizedKey, type SignedBy, type StateReader } from "@trellis/protocol";
import { KEY_REGISTRY_ADDRESS } from "./addresses.ts";

const SLOTS_MAX = 16_384;
/** Senders repeat, and hashing takes longer than the rest of a check. About 4 MiB. */
const knownSlots = new LruMap<Address, Hash>(SLOTS_MAX);

export function keyRegistrySlot(account: Address): Hash {
  const known = knownSlots.get(account);
  if (known !== undefined) return known;
  const entry = new Uint8Array(64);
  entry.set(hexToBytes(account), 12);
  const slot = bytesToHex(keccak256(entry));
  knownSlots.set(account, slot);
  return slot;
}

/** [TX-10] @param state of the selected parent: rotations take effect in the next chain block */
export function isKeyValid(state: StateReader, signed: SignedBy): boolean {
  return isAuthorizedKey(signed, state.storage(KEY_REGISTRY_ADDRESS, keyRegistrySlot(signed.sender)));
}

type KeyCheck = (signed: SignedBy) => boolean;

/** Caches by sender and key. [POOL-13] */
export function createKeyCheck(isValid: KeyCheck): KeyCheck {
  const answers = new Map<string, boolean>();
  return (signed) => {
    const key = keyOf(signed);
    const answer = answers.get(key) ?? isValid(signed);
    answers.set(key, answer);
    return answer;
  };
}

function keyOf({ sender, transaction: { signature } }: SignedBy): string {
  if (signature.kind === "ecdsa") return sender;
  return `${sender} ${signature.algorithm} ${bytesToKey(signature.publicKey)}`;
}
