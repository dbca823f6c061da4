import { EMPTY_ROOT, nodeHash } from "./hashes.ts";
import { splitOf } from "./subtree.ts";
import type { NodeReader } from "./tiles.ts";

/** RFC 9162, section 2.1.1. */
export async function rootOf(nodes: NodeReader, start: number, end: number): Promise<Uint8Array> {
  const count = end - start;
  if (count === 0) return EMPTY_ROOT;
  const height = Math.log2(count);
  if (Number.isInteger(height) && 2 ** height === count) return nodes.node(height, start / count);
  const split = start + splitOf(count);
  return nodeHash(await rootOf(nodes, start, split), await rootOf(nodes, split, end));
}

/** RFC 9162, section 2.1.3.1. */
export async function inclusionPath(nodes: NodeReader, index: number, size: number): Promise<Uint8Array[]> {
  const path: Uint8Array[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const split = start + splitOf(end - start);
    if (index < split) {
      path.push(await rootOf(nodes, split, end));
      end = split;
    } else {
      path.push(await rootOf(nodes, start, split));
      start = split;
    }
  }
  return path.reverse();
}

/** RFC 9162, section 2.1.4.1. */
export async function consistencyPath(
  nodes: NodeReader,
  oldSize: number,
  newSize: number,
): Promise<Uint8Array[]> {
  if (oldSize === newSize) return [];
  const path: Uint8Array[] = [];
  let [start, end] = [0, newSize];
  while (end !== oldSize) {
    const split = start + splitOf(end - start);
    if (oldSize <= split) {
      path.push(await rootOf(nodes, split, end));
      end = split;
    } else {
      path.push(await rootOf(nodes, start, split));
      start = split;
    }
  }
  // If the old log is a single subtree, the verifier already has its root.
  if (start !== 0) path.push(await rootOf(nodes, start, end));
  return path.reverse();
}
