import type { Hex } from "@trellis/base";
import { encodeRlp } from "@trellis/protocol";
import { Trie } from "./Trie.ts";

const NOTHING_STORED = { get: () => undefined };

/** Items must not be empty. [TRIE-7] @throws ARGUMENT_INVALID */
export function trieRootOfList(items: readonly Uint8Array[]): Hex {
  const changes = items.map((item, index) => [encodeRlp(index), item] as const);
  return Trie.empty(NOTHING_STORED, new Uint8Array(0)).with(changes).rootHash();
}
