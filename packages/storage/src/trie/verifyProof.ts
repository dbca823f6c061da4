import type { Hex } from "@trellis/base";
import { storageErrors } from "../errors.ts";
import { Trie } from "./Trie.ts";

/** Undefined if the key is proven to be absent (EIP-1186). [TRIE-6] @throws TRIE_PROOF_INVALID */
export function verifyProof(
  rootHash: Hex,
  key: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  let used = 0;
  const refuse = (cause?: unknown) =>
    storageErrors.TRIE_PROOF_INVALID({ root: rootHash, nodes: proof.length, used }, cause);
  let value: Uint8Array | undefined;
  try {
    const reader = { get: () => proof[used++] };
    value = Trie.load(rootHash, reader, new Uint8Array(0)).get(key);
  } catch (cause) {
    throw refuse(cause);
  }
  if (used !== proof.length) throw refuse();
  return value;
}
