import { schnorr } from "@noble/curves/secp256k1.js";
import { bytesEqual, bytesToHex, concatBytes } from "@trellis/base";
import { publishedErrors } from "./errors.ts";
import type { PublishedVerdict, Weakness } from "./weaknesses.ts";

export interface TreeTags {
  readonly leaf: string;
  readonly branch: string;
}

const PROOF_OF_RESERVE_TAGS: TreeTags = {
  leaf: "ProofOfReserve_Leaf",
  branch: "ProofOfReserve_Branch",
};

export interface TaggedSibling {
  readonly side: "left" | "right";
  readonly hash: Uint8Array;
}

export interface TaggedProof {
  readonly leaf: Uint8Array;
  readonly siblings: readonly TaggedSibling[];
  readonly root: Uint8Array;
  readonly tags?: TreeTags;
}

const ALWAYS: readonly Weakness[] = ["SUMS_ABSENT", "LAST_DUPLICATED", "DEPTH_UNBOUND", "LEAF_GUESSABLE"];
const HASH_SIZE = 32;

export function taggedLeaf(id: bigint | number, balance: bigint | number): Uint8Array {
  return new TextEncoder().encode(`(${id},${balance})`);
}

/** @throws PUBLISHED_FORMAT_INVALID, PUBLISHED_PROOF_WRONG */
export function verifyTaggedProof({
  leaf,
  siblings,
  root,
  tags = PROOF_OF_RESERVE_TAGS,
}: TaggedProof): PublishedVerdict {
  if (root.length !== HASH_SIZE || siblings.some(({ hash }) => hash.length !== HASH_SIZE))
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({
      format: "bip340-tagged",
      reason: "a hash is not 32 bytes long",
    });
  let hash = tagged(tags.leaf, leaf);
  for (const sibling of siblings)
    hash = sibling.side === "left" ? branch(tags, sibling.hash, hash) : branch(tags, hash, sibling.hash);
  if (!bytesEqual(hash, root))
    throw publishedErrors.PUBLISHED_PROOF_WRONG({
      reason: "it does not lead to the published root",
      got: bytesToHex(hash),
      expected: bytesToHex(root),
    });
  const isConfusable = tags.leaf === tags.branch;
  const weaknesses: Weakness[] = isConfusable ? [...ALWAYS, "LEAF_NODE_CONFUSABLE"] : [...ALWAYS];
  return { scheme: "bip340-tagged", root: bytesToHex(root), weaknesses };
}

/** The last node of an odd level is its own sibling. @throws PUBLISHED_FORMAT_INVALID without leaves */
export function taggedRoot(
  leaves: readonly Uint8Array[],
  tags: TreeTags = PROOF_OF_RESERVE_TAGS,
): Uint8Array {
  let level = leaves.map((leaf) => tagged(tags.leaf, leaf));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const left = level[at] as Uint8Array;
      above.push(branch(tags, left, level[at + 1] ?? left));
    }
    level = above;
  }
  const [root] = level;
  if (root === undefined)
    throw publishedErrors.PUBLISHED_FORMAT_INVALID({ format: "bip340-tagged", leaves: 0 });
  return root;
}

function branch(tags: TreeTags, left: Uint8Array, right: Uint8Array): Uint8Array {
  return tagged(tags.branch, concatBytes(left, right));
}

function tagged(tag: string, bytes: Uint8Array): Uint8Array {
  return schnorr.utils.taggedHash(tag, bytes);
}
