import type { Hex } from "@trellis/base";
import { verifyProofs } from "./verifyProofs.ts";

/** Undefined if the key is proven to be absent (EIP-1186). [TRIE-6] @throws TRIE_PROOF_INVALID */
export function verifyProof(
  rootHash: Hex,
  key: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  return verifyProofs(rootHash, [key], proof)[0];
}
