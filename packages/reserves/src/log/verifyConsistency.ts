import { bytesEqual } from "@trellis/base";
import { logErrors } from "./errors.ts";
import { checkHashes, checkSize, EMPTY_ROOT, nodeHash, printHash } from "./hashes.ts";
import { checkSubtree, type Subtree } from "./subtree.ts";

export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Verifies that the later log is the earlier one with entries appended (RFC 9162, section 2.1.4.2). Each way to fail
 * has its code. Runs in a browser.
 * @throws LOG_SIZE_INVALID, LOG_SHRANK, LOG_OLD_SIZE_ZERO, LOG_SPLIT_VIEW, LOG_HASH_SIZE_INVALID,
 *   LOG_PROOF_TOO_SHORT, LOG_PROOF_TOO_LONG, LOG_OLD_ROOT_MISMATCH, LOG_NEW_ROOT_MISMATCH
 */
export function verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof }: ConsistencyClaim): void {
  checkSize("oldSize", oldSize);
  checkSize("newSize", newSize);
  if (newSize < oldSize) throw logErrors.LOG_SHRANK({ oldSize, newSize });
  if (oldSize === newSize) {
    if (proof.length > 0) throw logErrors.LOG_PROOF_TOO_LONG({ length: proof.length });
    if (!bytesEqual(oldRoot, newRoot))
      throw logErrors.LOG_SPLIT_VIEW({ size: oldSize, one: printHash(oldRoot), other: printHash(newRoot) });
    if (oldSize === 0) requireEmptyRoot(oldRoot);
    return;
  }
  if (oldSize === 0) throw logErrors.LOG_OLD_SIZE_ZERO({ newSize });
  verifyRoots({ start: 0, end: oldSize, size: newSize, subtreeRoot: oldRoot, root: newRoot, proof });
}

export interface SubtreeConsistencyClaim extends Subtree {
  /** Entries of the whole log. */
  readonly size: number;
  readonly subtreeRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * That a subtree is part of a log (draft-ietf-plants-merkle-tree-certs, section 4.4). The empty subtree is part
 * of every log.
 * @throws LOG_SUBTREE_INVALID, and as verifyConsistency
 */
export function verifySubtreeConsistency(claim: SubtreeConsistencyClaim): void {
  const { start, end, size, subtreeRoot, proof } = claim;
  checkSize("size", size);
  checkSubtree(claim);
  if (end > size) throw logErrors.LOG_SUBTREE_INVALID({ start, end, size });
  if (start < end) {
    verifyRoots(claim);
    return;
  }
  if (proof.length > 0) throw logErrors.LOG_PROOF_TOO_LONG({ length: proof.length });
  requireEmptyRoot(subtreeRoot);
}

/** A tree without entries has exactly one root (RFC 9162, section 2.1.1). */
function requireEmptyRoot(root: Uint8Array): void {
  if (!bytesEqual(root, EMPTY_ROOT))
    throw logErrors.LOG_OLD_ROOT_MISMATCH({ got: printHash(root), expected: printHash(EMPTY_ROOT) });
}

/**
 * Climbs three ways at once: `first` and `last` are the subtree's border nodes on the level, `border` the last
 * node of the log. The subtree's root is rebuilt from what lies within it, the log's from everything.
 */
function verifyRoots({ start, end, size, subtreeRoot, root, proof }: SubtreeConsistencyClaim): void {
  checkHashes(proof);
  let [first, last, border] = [start, end - 1, size - 1];
  const rise = () => {
    [first, last, border] = [Math.floor(first / 2), Math.floor(last / 2), Math.floor(border / 2)];
  };
  const endsWithLog = last === border;
  while (first !== last && (endsWithLog || last % 2 === 1)) rise();

  const isOneNode = first === last;
  const [seed, ...rest] = isOneNode ? [subtreeRoot, ...proof] : proof;
  if (seed === undefined) throw logErrors.LOG_PROOF_TOO_SHORT({ length: proof.length });
  let [oldHash, newHash] = [seed, seed];
  for (const hash of rest) {
    if (border === 0) throw logErrors.LOG_PROOF_TOO_LONG({ length: proof.length });
    if (last % 2 === 1 || last === border) {
      if (first < last) oldHash = nodeHash(hash, oldHash);
      newHash = nodeHash(hash, newHash);
      while (last % 2 === 0 && last !== 0) rise();
    } else {
      newHash = nodeHash(newHash, hash);
    }
    rise();
  }
  if (border !== 0) throw logErrors.LOG_PROOF_TOO_SHORT({ length: proof.length });
  if (!bytesEqual(oldHash, subtreeRoot))
    throw logErrors.LOG_OLD_ROOT_MISMATCH({ got: printHash(oldHash), expected: printHash(subtreeRoot) });
  if (!bytesEqual(newHash, root))
    throw logErrors.LOG_NEW_ROOT_MISMATCH({ got: printHash(newHash), expected: printHash(root) });
}
