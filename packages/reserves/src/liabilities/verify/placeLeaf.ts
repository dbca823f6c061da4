import type { PlacedNode } from "./foldProof.ts";
import type { Digest } from "./hashes.ts";
import type { LeafOpening } from "./ProofFile.ts";
import { hashCustomerId, hashShareOwner, leafPreimage } from "./preimages.ts";
import type { RootRecord } from "./RootRecord.ts";

export function placeLeaf(
  { customerId, share = 0, salt, position, sums }: LeafOpening,
  { snapshotId, shares }: Pick<RootRecord, "snapshotId" | "shares">,
  digest: Digest,
): PlacedNode {
  const isShared = shares !== undefined;
  const owner = isShared ? hashShareOwner(digest, customerId, share) : hashCustomerId(digest, customerId);
  const preimage = leafPreimage(snapshotId, owner, salt, sums, isShared ? 2 : 1);
  return { position, hash: digest(preimage), sums };
}
