import { bytesToHex, bytesToKey, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { type Address, type Hash, isAuthorizedKey, type SignedBy, type StateReader } from "@trellis/protocol";
import { KEY_REGISTRY_ADDRESS } from "./addresses.ts";

export function keyRegistrySlot(account: Address): Hash {
  const entry = new Uint8Array(64);
  entry.set(hexToBytes(account), 12);
  return bytesToHex(keccak256(entry));
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
