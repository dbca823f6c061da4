import { type HeavyKernel, sharedHeavyKernel } from "./heavyKernel.ts";
import { packColumnPairs } from "./heavyProduct.ts";
import { heavyState, powBlock } from "./kHeavyHash.ts";

/** In WebAssembly, with vectors of two nonces. */
export function createHeavySearch(
  prePowHash: Uint8Array,
  timestamp: bigint,
  matrix: Uint8Array,
): HeavyKernel["search"] {
  const kernel = sharedHeavyKernel();
  const block = powBlock(prePowHash, timestamp);
  // Verification does not search.
  let packed: Uint8Array | undefined;
  return (first, stride, count, limit) => {
    packed ??= packColumnPairs(matrix);
    kernel.load(block, heavyState, packed);
    return kernel.search(first, stride, count, limit);
  };
}
