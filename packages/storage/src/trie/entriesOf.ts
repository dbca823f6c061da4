import { compareBytes } from "@trellis/base";
import type { NodeLoader } from "./NodeLoader.ts";
import type { TrieNode } from "./node.ts";
import { appendToPath, nibbleAt } from "./path.ts";

/** Keeps no loaded node, because the trie may exceed memory. */
export function* entriesOf(
  loader: NodeLoader,
  node: TrieNode,
  path: Uint8Array,
  depth: number,
  from: Uint8Array,
): Generator<readonly [key: Uint8Array, value: Uint8Array]> {
  if (node.kind === "leaf") {
    if (compareBytes(node.key, from) >= 0) yield [node.key.slice(), node.value.slice()];
    return;
  }
  if (node.kind === "extension") {
    const childPath = appendToPath(path, depth, node.nibbles);
    const childDepth = depth + node.nibbles.length;
    if (isBefore(childPath, childDepth, from)) return;
    const child = node.child ?? loader.readExtended(node, path, depth);
    yield* entriesOf(loader, child, childPath, childDepth, from);
    return;
  }
  if (node.value !== undefined && compareBytes(path, from) >= 0) yield [path.slice(), node.value.slice()];
  for (let nibble = 0; nibble < 16; nibble++) {
    if ((node.occupied & (1 << nibble)) === 0) continue;
    const childPath = appendToPath(path, depth, Uint8Array.of(nibble));
    if (isBefore(childPath, depth + 1, from)) continue;
    const child = node.children[nibble] ?? loader.readChild(node, nibble, path, depth);
    yield* entriesOf(loader, child, childPath, depth + 1, from);
  }
}

function isBefore(path: Uint8Array, depth: number, from: Uint8Array): boolean {
  const end = Math.min(depth, from.length * 2);
  for (let index = 0; index < end; index++) {
    const nibble = nibbleAt(path, index);
    const bound = nibbleAt(from, index);
    if (nibble !== bound) return nibble < bound;
  }
  return false;
}
