import { bytesToHex, bytesToKey, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { type Address, type Hash, isAuthorizedKey, type SignedBy, type StateReader } from "@trellis/protocol";
import { KEY_REGISTRY_ADDRESS } from "./addresses.ts";

/** Solidity's slot of an entry of the mapping at slot 0: keccak256(account, 0), each in 32 bytes. */
export function keyRegistrySlot(account: Address): Hash {
  const entry = new Uint8Array(64);
  entry.set(hexToBytes(account), 12);
  return bytesToHex(keccak256(entry));
}

/**
 * Whether the key that signed may speak for the sender in a block that runs on this state. [TX-10]
 * @param state of the selected parent: a rotation takes effect in the next chain block
 */
export function isKeyValid(state: StateReader, signed: SignedBy): boolean {
  return isAuthorizedKey(signed, state.storage(KEY_REGISTRY_ADDRESS, keyRegistrySlot(signed.sender)));
}

type KeyCheck = (signed: SignedBy) => boolean;

/**
 * A check that asks the registry once a sender and key, not once a transaction. [POOL-13]
 * @param isValid on one state; the answer may depend on the sender and the key, and on nothing else
 */
export function createKeyCheck(isValid: KeyCheck): KeyCheck {
  const answers = new Map<string, boolean>();
  return (signed) => {
    const key = keyOf(signed);
    const answer = answers.get(key) ?? isValid(signed);
    answers.set(key, answer);
    return answer;
  };
}

/** ECDSA signatures of one sender all come from the key that its address was recovered from. */
function keyOf({ sender, transaction: { signature } }: SignedBy): string {
  if (signature.kind === "ecdsa") return sender;
  return `${sender} ${signature.algorithm} ${bytesToKey(signature.publicKey)}`;
}
