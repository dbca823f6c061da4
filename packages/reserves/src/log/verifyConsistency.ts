import { bytesEqual, type Facts, type TrellisError } from "@trellis/base";
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

/** RFC 9162, section 2.1.4.2. @throws LOG_SIZE_INVALID, LOG_INCONSISTENT, LOG_PROOF_INVALID */
export function verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof }: ConsistencyClaim): void {
  checkSize("oldSize", oldSize);
  checkSize("newSize", newSize);
  if (newSize < oldSize) throw inconsistent("the later head has fewer entries", { oldSize, newSize });
  if (oldSize === newSize) {
    if (proof.length > 0) throw logErrors.LOG_PROOF_INVALID({ reason: "too long", length: proof.length });
    if (!bytesEqual(oldRoot, newRoot))
      throw inconsistent("one size with two roots", {
        size: oldSize,
        one: printHash(oldRoot),
        other: printHash(newRoot),
      });
    if (oldSize === 0) requireEmptyRoot(oldRoot);
    return;
  }
  if (oldSize === 0)
    throw logErrors.LOG_SIZE_INVALID({ reason: "consistency with an empty log proves nothing", newSize });
  verifyRoots({ start: 0, end: oldSize, size: newSize, subtreeRoot: oldRoot, root: newRoot, proof });
}

export interface SubtreeConsistencyClaim extends Subtree {
  readonly size: number;
  readonly subtreeRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** draft-ietf-plants-merkle-tree-certs, section 4.4. @throws LOG_SIZE_INVALID, LOG_PROOF_INVALID */
export function verifySubtreeConsistency(claim: SubtreeConsistencyClaim): void {
  const { start, end, size, subtreeRoot, proof } = claim;
  checkSize("size", size);
  checkSubtree(claim);
  if (end > size) throw logErrors.LOG_SIZE_INVALID({ reason: "not a subtree", start, end, size });
  if (start < end) {
    verifyRoots(claim);
    return;
  }
  if (proof.length > 0) throw logErrors.LOG_PROOF_INVALID({ reason: "too long", length: proof.length });
  requireEmptyRoot(subtreeRoot);
}

function requireEmptyRoot(root: Uint8Array): void {
  if (!bytesEqual(root, EMPTY_ROOT))
    throw inconsistent("the proof does not lead to the earlier root", {
      got: printHash(root),
      expected: printHash(EMPTY_ROOT),
    });
}

/** On each level, `first` and `last` are the subtree's outer nodes, and `border` is the log's last node. */
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
  if (seed === undefined) throw logErrors.LOG_PROOF_INVALID({ reason: "too short", length: proof.length });
  let [oldHash, newHash] = [seed, seed];
  for (const hash of rest) {
    if (border === 0) throw logErrors.LOG_PROOF_INVALID({ reason: "too long", length: proof.length });
    if (last % 2 === 1 || last === border) {
      if (first < last) oldHash = nodeHash(hash, oldHash);
      newHash = nodeHash(hash, newHash);
      while (last % 2 === 0 && last !== 0) rise();
    } else {
      newHash = nodeHash(newHash, hash);
    }
    rise();
  }
  if (border !== 0) throw logErrors.LOG_PROOF_INVALID({ reason: "too short", length: proof.length });
  if (!bytesEqual(oldHash, subtreeRoot))
    throw inconsistent("the proof does not lead to the earlier root", {
      got: printHash(oldHash),
      expected: printHash(subtreeRoot),
    });
  if (!bytesEqual(newHash, root))
    throw inconsistent("the proof does not lead to the later root", {
      got: printHash(newHash),
      expected: printHash(root),
    });
}

function inconsistent(reason: string, facts: Facts = {}): TrellisError {
  return logErrors.LOG_INCONSISTENT({ reason, ...facts });
}
