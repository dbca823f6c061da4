import { createKernel, KERNEL_BYTES_MAX } from "../tree/systemKernel.ts";
import type { HashName } from "../verify/hashes.ts";
import { HASH_SIZE } from "../verify/limits.ts";

/** Undefined unless the hash is SHA-256 and the tree fits in memory. */
export function hashInnerFast(hash: HashName, hashes: Uint8Array): Uint8Array | undefined {
  const count = hashes.length / HASH_SIZE;
  if (hash !== "sha256" || 2 * hashes.length > KERNEL_BYTES_MAX) return undefined;
  const kernel = createKernel();
  if (kernel.prepareDense(count, 0) === 0) return undefined;
  new Uint8Array(kernel.memory.buffer, kernel.denseHashes(), hashes.length).set(hashes);
  kernel.hashDenseNodes();
  return new Uint8Array(kernel.memory.buffer, kernel.denseInner(), hashes.length - HASH_SIZE).slice();
}

export function hashDenseFast(
  hash: HashName,
  leaves: readonly Uint8Array[],
): { readonly hashes: Uint8Array; readonly inner: Uint8Array } | undefined {
  const length = leaves[0]?.length ?? 0;
  const size = leaves.length * HASH_SIZE;
  const isEven = leaves.every((leaf) => leaf.length === length);
  if (hash !== "sha256" || !isEven || leaves.length * length + 2 * size > KERNEL_BYTES_MAX) return undefined;
  const kernel = createKernel();
  if (kernel.prepareDense(leaves.length, length) === 0) return undefined;
  const messages = new Uint8Array(kernel.memory.buffer, kernel.denseMessages(), leaves.length * length);
  for (const [index, leaf] of leaves.entries()) messages.set(leaf, index * length);
  kernel.hashDenseLeaves();
  kernel.hashDenseNodes();
  return {
    hashes: new Uint8Array(kernel.memory.buffer, kernel.denseHashes(), size),
    inner: new Uint8Array(kernel.memory.buffer, kernel.denseInner(), size - HASH_SIZE),
  };
}
