import { bytesToHex, type Hex } from "@trellis/base";
import { storageErrors } from "../errors.ts";
import type { NodeReader } from "./NodeLoader.ts";
import { Trie } from "./Trie.ts";

interface ProvenKey {
  readonly key: Uint8Array;
  /** EIP-1186 proof. */
  readonly proof: readonly Uint8Array[];
}

/** Values of several keys; undefined if a key is proven to be absent. As `openProofs`. */
export function verifyProofs(
  rootHash: Hex,
  keys: readonly Uint8Array[],
  proof: readonly Uint8Array[],
): (Uint8Array | undefined)[] {
  const trie = openProofs(rootHash, keys, proof);
  return keys.map((key) => trie.get(key));
}

/**
 * A trie that has these keys, and can prove each. [TRIE-6.1]
 * @param proof nodes that reads of the keys need, one key after another, each node once
 * @throws TRIE_PROOF_INVALID
 */
export function openProofs(rootHash: Hex, keys: readonly Uint8Array[], proof: readonly Uint8Array[]): Trie {
  let used = 0;
  const refuse = (cause?: unknown) =>
    storageErrors.TRIE_PROOF_INVALID({ root: rootHash, nodes: proof.length, used }, cause);
  let trie: Trie;
  try {
    trie = readKeys(rootHash, keys, { get: () => proof[used++] });
  } catch (cause) {
    throw refuse(cause);
  }
  if (used !== proof.length) throw refuse();
  return trie;
}

/** The proof for `verifyProofs`. @throws TRIE_PROOF_INVALID, STORE_CORRUPT */
export function mergeProofs(rootHash: Hex, proven: readonly ProvenKey[]): Uint8Array[] {
  const nodes = new Map<Hex, Uint8Array>();
  for (const { key, proof } of proven) {
    let used = 0;
    const get = (path: Uint8Array) => {
      const node = proof[used++];
      if (node !== undefined) nodes.set(bytesToHex(path), node);
      return node;
    };
    readKeys(rootHash, [key], { get });
  }
  const merged: Uint8Array[] = [];
  const get = (path: Uint8Array) => {
    const node = nodes.get(bytesToHex(path));
    if (node !== undefined) merged.push(node);
    return node;
  };
  readKeys(
    rootHash,
    proven.map(({ key }) => key),
    { get },
  );
  return merged;
}

/** A trie reads each node once. */
function readKeys(rootHash: Hex, keys: readonly Uint8Array[], reader: NodeReader): Trie {
  const trie = Trie.load(rootHash, reader, new Uint8Array(0));
  for (const key of keys) trie.get(key);
  return trie;
}
