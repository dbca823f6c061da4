import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import type { HashName } from "../verify/hashes.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { DenseTree, flatStorage } from "./DenseTree.ts";
import { hashDenseFast } from "./systemDense.ts";

/** The tree does not support `append`. @throws LIABILITIES_INPUT_INVALID */
export function createDenseTree(leaves: readonly Uint8Array[], hash: HashName = "sha256"): DenseTree {
  if (leaves.length === 0) throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({ reason: "no customers" });
  const digest = serverHashes[hash];
  const fast = hashDenseFast(hash, leaves);
  if (fast !== undefined) {
    return new DenseTree(digest, flatStorage(fast.hashes, fast.inner), leaves.length);
  }
  const hashes = new Uint8Array(leaves.length * HASH_SIZE);
  for (const [index, leaf] of leaves.entries()) {
    const message = new Uint8Array(1 + leaf.length);
    message.set(leaf, 1);
    hashes.set(digest(message), index * HASH_SIZE);
  }
  const tree = new DenseTree(digest, flatStorage(hashes), leaves.length);
  tree.build();
  return tree;
}
