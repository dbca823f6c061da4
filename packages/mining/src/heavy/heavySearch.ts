import { baseErrors } from "@trellis/base";
import { type HeavyKernel, sharedHeavyKernel } from "./heavyKernel.ts";
import { packColumnPairs } from "./heavyProduct.ts";
import { createHeavyHasher, type HeavyHasher, heavyState, powBlock } from "./kHeavyHash.ts";

/** Of the vectors: each computes with instructions of its own. */
const NONCES = 4;
/** Of the digest's most significant 64 bits. */
const TOP_OFFSET = 24;

/** In WebAssembly, with vectors of four nonces. @throws ARGUMENT_INVALID if they compute wrongly */
export function createHeavySearch(
  prePowHash: Uint8Array,
  timestamp: bigint,
  matrix: Uint8Array,
  digest = createHeavyHasher(prePowHash, timestamp, matrix),
  kernel = sharedHeavyKernel(),
): HeavyKernel["search"] {
  const block = powBlock(prePowHash, timestamp);
  // Verification does not search.
  let packed: Uint8Array | undefined;
  return (first, stride, count, limit) => {
    const isNew = packed === undefined;
    packed ??= packColumnPairs(matrix);
    kernel.load(block, heavyState, packed);
    if (isNew) check(kernel, digest, first);
    return kernel.search(first, stride, count, limit);
  };
}

/** Wrong vectors would find nothing, and nobody would notice. */
function check(kernel: HeavyKernel, digest: HeavyHasher, first: bigint): void {
  const tops = Array.from({ length: NONCES }, (_, index) => {
    const nonce = BigInt.asUintN(64, first + BigInt(index));
    const { buffer } = digest(Number(nonce & 0xffff_ffffn), Number(nonce >> 32n));
    return new DataView(buffer).getBigUint64(TOP_OFFSET, true);
  });
  for (const limit of tops) {
    const expected = tops.findIndex((top) => top <= limit);
    if (kernel.search(first, 1n, NONCES, limit) !== expected)
      throw baseErrors.ARGUMENT_INVALID({ rule: "vectors find what plain code finds", first, limit });
  }
}
