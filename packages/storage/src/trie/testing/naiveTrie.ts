import { bytesToHex, type Hex } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import { EMPTY_TRIE_ROOT, encodeRlp, type RlpInput } from "@trellis/protocol";
import { nodeKey } from "../path.ts";

interface NaiveTrie {
  readonly root: Hex;
  readonly stored: ReadonlyMap<Hex, Hex>;
}

type Entry = readonly [nibbles: readonly number[], value: Uint8Array];

export function naiveTrie(content: ReadonlyMap<Hex, Uint8Array>, owner: Uint8Array): NaiveTrie {
  const stored = new Map<Hex, Hex>();
  if (content.size === 0) return { root: EMPTY_TRIE_ROOT, stored };
  const keep = (path: readonly number[], encoded: Uint8Array) =>
    stored.set(bytesToHex(nodeKey(owner, pack(path), path.length)), bytesToHex(encoded));

  /** Function c of the yellow paper. */
  const structure = (entries: readonly Entry[], path: readonly number[]): RlpInput => {
    const [first] = entries as [Entry];
    const depth = path.length;
    if (entries.length === 1) return [hexPrefix(first[0].slice(depth), true), first[1]];
    let shared = depth;
    while (entries.every(([key]) => key.length > shared && key[shared] === first[0][shared])) shared++;
    if (shared > depth) {
      const childPath = first[0].slice(0, shared);
      return [hexPrefix(first[0].slice(depth, shared), false), reference(entries, childPath)];
    }
    const ways = Array.from({ length: 16 }, (_, nibble) =>
      reference(
        entries.filter(([key]) => key[depth] === nibble),
        [...path, nibble],
      ),
    );
    const own = entries.find(([key]) => key.length === depth);
    return [...ways, own?.[1] ?? new Uint8Array(0)];
  };
  /** Function n of the yellow paper. */
  const reference = (entries: readonly Entry[], path: readonly number[]): RlpInput => {
    if (entries.length === 0) return new Uint8Array(0);
    const node = structure(entries, path);
    const encoded = encodeRlp(node);
    if (encoded.length < 32) return node;
    keep(path, encoded);
    return keccak256(encoded);
  };

  const entries = [...content].map(([key, value]): Entry => [unpack(key), value]);
  const root = encodeRlp(structure(entries, []));
  keep([], root);
  return { root: keccak256Hex(root), stored };
}

function hexPrefix(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0;
  return pack(nibbles.length % 2 === 1 ? [flag + 1, ...nibbles] : [flag, 0, ...nibbles]);
}

function unpack(key: Hex): number[] {
  return [...key.slice(2)].map((digit) => Number.parseInt(digit, 16));
}

function pack(nibbles: readonly number[]): Uint8Array {
  const bytes = new Uint8Array((nibbles.length + 1) >> 1);
  nibbles.forEach((nibble, index) => {
    bytes[index >> 1]! |= index % 2 === 0 ? nibble << 4 : nibble;
  });
  return bytes;
}
