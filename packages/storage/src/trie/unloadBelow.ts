import type { TrieNode } from "./node.ts";

/** The whole subtree must already be stored. */
export function unloadBelow(node: TrieNode, depth: number): void {
  if (node.kind === "leaf") return;
  if (node.kind === "extension") {
    const { child, nibbles } = node;
    if (child === undefined) return;
    if (nibbles.length > depth) node.child = undefined;
    else unloadBelow(child, depth - nibbles.length);
    return;
  }
  if (depth < 1) {
    node.children.fill(undefined);
    return;
  }
  for (const child of node.children) if (child !== undefined) unloadBelow(child, depth - 1);
}
