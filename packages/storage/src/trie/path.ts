/**
 * Two nibbles per byte, the high nibble first. Only a path's first `depth` nibbles matter, so any key below a
 * node is a path of the node.
 */

export function appendToPath(path: Uint8Array, depth: number, nibbles: Uint8Array): Uint8Array {
  const longer = new Uint8Array((depth + nibbles.length + 1) >> 1);
  longer.set(path.subarray(0, (depth + 1) >> 1));
  for (let index = 0; index < nibbles.length; index++) setNibble(longer, depth + index, nibbles[index]!);
  return longer;
}

export function nibbleAt(path: Uint8Array, index: number): number {
  const byte = path[index >> 1]!;
  return (index & 1) === 0 ? byte >> 4 : byte & 15;
}

export function setNibble(path: Uint8Array, index: number, nibble: number): void {
  const byte = path[index >> 1]!;
  path[index >> 1] = (index & 1) === 0 ? (nibble << 4) | (byte & 15) : (byte & 0xf0) | nibble;
}

export function unpackNibbles(path: Uint8Array, start: number, end: number): Uint8Array {
  const nibbles = new Uint8Array(end - start);
  for (let index = start; index < end; index++) nibbles[index - start] = nibbleAt(path, index);
  return nibbles;
}

export function sharedWithKey(a: Uint8Array, b: Uint8Array, depth: number): number {
  const end = Math.min(a.length, b.length) * 2;
  let index = depth;
  while (index < end && nibbleAt(a, index) === nibbleAt(b, index)) index++;
  return index - depth;
}

export function sharedWithNibbles(key: Uint8Array, depth: number, nibbles: Uint8Array): number {
  const end = Math.min(key.length * 2 - depth, nibbles.length);
  let count = 0;
  while (count < end && nibbleAt(key, depth + count) === nibbles[count]) count++;
  return count;
}

/**
 * Unique among tries with 32-byte owners and one trie without an owner. Neighbours in the trie are neighbours on
 * disk. [TRIE-3]
 */
export function nodeKey(owner: Uint8Array, path: Uint8Array, depth: number): Uint8Array {
  const pathSize = (depth + 1) >> 1;
  const key = new Uint8Array(owner.length + pathSize + 1);
  key.set(owner);
  key.set(path.subarray(0, pathSize), owner.length);
  if ((depth & 1) === 1) key[owner.length + pathSize - 1]! &= 0xf0;
  key[owner.length + pathSize] = depth;
  return key;
}

/** Keys of equal size never end at a branch. */
export const RANGE_KEY_SIZE = 32;

export function firstKeyUnder(path: Uint8Array, depth: number): Uint8Array {
  return filledKey(path, depth, 0x00);
}

export function lastKeyUnder(path: Uint8Array, depth: number): Uint8Array {
  return filledKey(path, depth, 0xff);
}

function filledKey(path: Uint8Array, depth: number, filler: number): Uint8Array {
  const key = new Uint8Array(RANGE_KEY_SIZE).fill(filler);
  key.set(path.subarray(0, depth >> 1));
  if ((depth & 1) === 1) key[depth >> 1] = (path[depth >> 1]! & 0xf0) | (filler & 0x0f);
  return key;
}
