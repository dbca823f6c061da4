import { bytesEqual } from "@trellis/base";
import { logErrors } from "./errors.ts";
import { checkHashes, checkSize, HASH_SIZE, nodeHash, printHash } from "./hashes.ts";
import { checkSubtree, type Subtree } from "./subtree.ts";

export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** RFC 9162, section 2.1.3.2. @throws LOG_SIZE_INVALID, LOG_PROOF_INVALID */
export function verifyInclusion(claim: InclusionClaim): void {
  const { index, size } = claim;
  checkSize("size", size);
  checkSize("index", index);
  if (index >= size) throw logErrors.LOG_SIZE_INVALID({ index, size });
  verifyPath(claim, index, size - 1);
}

export interface SubtreeInclusionClaim extends Omit<InclusionClaim, "size" | "root">, Subtree {
  readonly root: Uint8Array;
}

/** draft-ietf-plants-merkle-tree-certs, section 4.3. @throws LOG_SIZE_INVALID, LOG_PROOF_INVALID */
export function verifySubtreeInclusion(claim: SubtreeInclusionClaim): void {
  const { index, start, end } = claim;
  checkSubtree(claim);
  checkSize("index", index);
  if (index < start || index >= end) throw logErrors.LOG_SIZE_INVALID({ index, start, end });
  verifyPath(claim, index - start, end - start - 1);
}

/** `place` is the leaf's index, `last` the tree's last index. */
function verifyPath(claim: Pick<InclusionClaim, "leafHash" | "root" | "proof">, place: number, last: number) {
  const { proof, root } = claim;
  checkHashes(proof);
  if (claim.leafHash.length !== HASH_SIZE)
    throw logErrors.LOG_PROOF_INVALID({
      reason: "a hash is not 32 bytes long",
      of: "leaf",
      length: claim.leafHash.length,
    });
  let hash = claim.leafHash;
  let [node, border] = [place, last];
  for (const sibling of proof) {
    if (border === 0) throw logErrors.LOG_PROOF_INVALID({ reason: "too long", length: proof.length });
    if (node % 2 === 1 || node === border) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, border] = [node / 2, Math.floor(border / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, border] = [Math.floor(node / 2), Math.floor(border / 2)];
  }
  if (border !== 0) throw logErrors.LOG_PROOF_INVALID({ reason: "too short", length: proof.length });
  if (!bytesEqual(hash, root))
    throw logErrors.LOG_PROOF_INVALID({
      reason: "it does not lead to the root",
      got: printHash(hash),
      expected: printHash(root),
    });
}
