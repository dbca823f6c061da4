import { bytesToKey } from "@trellis/base";
import {
  isAuthorizedKey,
  KEY_REGISTRY_ADDRESS,
  keyRegistrySlot,
  type SignedBy,
  type StateReader,
} from "@trellis/protocol";

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
