import { liabilitiesErrors } from "../errors.ts";
import type { TreeRules } from "./foldProof.ts";
import type { Digest } from "./hashes.ts";
import { DEPTH_MAX, HASH_SIZE } from "./limits.ts";
import { type SumNode, writeNodePreimage } from "./preimages.ts";
import type { RootRecord } from "./RootRecord.ts";
import { addSumsInto } from "./sums.ts";

export function treeRulesOf(record: RootRecord, digest: Digest): TreeRules {
  if (record.scheme === "sum") return sumRules(record, digest);
  if (record.scheme === "plain") return plainRules(record, digest);
  throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
    reason: "scheme not implemented",
    scheme: record.scheme,
  });
}

/** Padding fills every level (LIAB-7, LIAB-10). */
function sumRules({ depth, treeSize, totals }: RootRecord, digest: Digest): TreeRules {
  if (depth < 1 || depth > DEPTH_MAX || treeSize !== 0) {
    throw liabilitiesErrors.PROOF_PATH_INVALID({
      reason: "length does not match the published depth",
      level: 0,
      depth,
      treeSize,
    });
  }
  const size = totals.length;
  const message = new Uint8Array(2 + 2 * (HASH_SIZE + size));
  let room = new Uint8Array(0);
  return {
    depth,
    widthAt: (level) => 2 ** (depth - level),
    parent(level, left, right) {
      if (room.length < size) room = new Uint8Array(depth * size);
      const sums = room.subarray(0, size);
      room = room.subarray(size);
      addSumsInto(sums, left.sums, right.sums, level);
      writeNodePreimage(message, level, left, right);
      return { hash: digest(message), sums };
    },
  };
}

const NO_SUMS = new Uint8Array(0);

/** RFC 6962, section 2.1 (LIAB-9). */
function plainRules({ depth, treeSize }: RootRecord, digest: Digest): TreeRules {
  if (treeSize < 1 || depth !== depthOfSize(treeSize)) {
    throw liabilitiesErrors.PROOF_PATH_INVALID({
      reason: "length does not match the published depth",
      level: 0,
      depth,
      treeSize,
    });
  }
  return {
    depth,
    widthAt: (level) => Math.ceil(treeSize / 2 ** level),
    parent: (_level, left, right) => ({ hash: digest(rfc6962Node(left, right)), sums: NO_SUMS }),
  };
}

export function depthOfSize(size: number): number {
  return size <= 1 ? 0 : 32 - Math.clz32(size - 1);
}

function rfc6962Node(left: SumNode, right: SumNode): Uint8Array {
  const preimage = new Uint8Array(65);
  preimage[0] = 1;
  preimage.set(left.hash, 1);
  preimage.set(right.hash, 33);
  return preimage;
}
