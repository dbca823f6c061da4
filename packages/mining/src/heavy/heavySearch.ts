import { type HeavyKernel, sharedHeavyKernel } from "./heavyKernel.ts";
import { packColumnPairs } from "./heavyProduct.ts";
import { createHeavyHasher, type HeavyHasher, heavyState, powBlock } from "./kHeavyHash.ts";

/** Of the vectors: each computes with instructions of its own. */
const NONCES = 4;
/** Four nonces with this distance are a circle, modulo 2^64. */
const QUARTER = 2n ** 62n;
/** Of the digest's most significant 64 bits. */
const TOP_OFFSET = 24;

/** In WebAssembly, with vectors of four nonces. Undefined if they compute wrongly. */
export function createHeavySearch(
  prePowHash: Uint8Array,
  timestamp: bigint,
  matrix: Uint8Array,
  digest = createHeavyHasher(prePowHash, timestamp, matrix),
  kernel = sharedHeavyKernel(),
): HeavyKernel["search"] | undefined {
  const block = powBlock(prePowHash, timestamp);
  const packed = packColumnPairs(matrix);
  const search: HeavyKernel["search"] = (first, stride, count, limit) => {
    kernel.load(block, heavyState, packed);
    return kernel.search(first, stride, count, limit);
  };
  return isSound(search, digest) ? search : undefined;
}

/** Wrong vectors would find nothing, and nobody would notice. Finds the least of four nonces in each position. */
function isSound(search: HeavyKernel["search"], digest: HeavyHasher): boolean {
  const tops = Array.from({ length: NONCES }, (_, index) => {
    const nonce = BigInt(index) * QUARTER;
    const { buffer } = digest(Number(nonce & 0xffff_ffffn), Number(nonce >> 32n));
    return new DataView(buffer).getBigUint64(TOP_OFFSET, true);
  });
  const [limit] = tops.toSorted((a, b) => (a < b ? -1 : 1)) as [bigint];
  const least = tops.indexOf(limit);
  const finds = (position: number): boolean => {
    const first = BigInt.asUintN(64, BigInt(least - position) * QUARTER);
    return search(first, QUARTER, NONCES, limit) === position;
  };
  const isNothingBelow = limit === 0n || search(0n, QUARTER, NONCES, limit - 1n) === NONCES;
  return isNothingBelow && tops.every((_, position) => finds(position));
}
