import { keccak256Hex } from "@trellis/crypto";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import type { Hash } from "../words.ts";
import { sealedFields } from "./encodeHeader.ts";
import type { Header } from "./Header.ts";
import { leafHash, nodeHash } from "./merkle.ts";

/** [BLOCK-3] */
export function sealHash(header: Omit<Header, "seal">): Hash {
  return keccak256Hex(encodeRlp(sealedFields(header)));
}

/** [BLOCK-4] @param branch siblings from the leaf up */
export function sealRoot(shard: number, hash: Hash, branch: readonly Hash[]): Hash {
  let root = leafHash(hash);
  branch.forEach((sibling, index) => {
    const isRight = Math.floor(shard / 2 ** (branch.length - 1 - index)) % 2 === 1;
    root = isRight ? nodeHash(sibling, root) : nodeHash(root, sibling);
  });
  return root;
}
