import type { Random } from "@trellis/base";

/** Draws are read from chance in runs of this many bytes. */
const DRAW_SIZE = 65_536;

/**
 * As many different places of a tree of this depth, each as likely as any other and independent of the order of
 * customers. There must be twice as many places.
 */
export function drawPositions(count: number, depth: number, random: Random): Uint32Array<ArrayBuffer> {
  const positions = new Uint32Array(count);
  const taken = new PlaceSet(count);
  const next = createDrawer(depth, random, Math.min(DRAW_SIZE, 4 * count));
  for (let index = 0; index < count; index++) {
    let position = next();
    while (!taken.add(position)) position = next();
    positions[index] = position;
  }
  return positions;
}

/** Places one after another, each all of the tree's with equal chance. */
export function createDrawer(depth: number, random: Random, size = 4): () => number {
  let draws: DataView = new DataView(new ArrayBuffer(0));
  let offset = 0;
  return () => {
    if (offset >= draws.byteLength) {
      const bytes = random.bytes(size);
      draws = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      offset = 0;
    }
    offset += 4;
    // A shift by 32 - depth: at most 31, since trees have a level at least.
    return draws.getUint32(offset - 4) >>> (32 - depth);
  };
}

/** Numbers of 32 bits, for at most `count` of them. */
class PlaceSet {
  readonly #places: Uint32Array;
  readonly #isTaken: Uint8Array;

  constructor(count: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * count + 1));
    this.#places = new Uint32Array(size);
    this.#isTaken = new Uint8Array(size);
  }

  /** False if the number is there already. */
  add(place: number): boolean {
    const mask = this.#places.length - 1;
    let slot = Math.imul(place, 0x9e37_79b1) & mask;
    while (this.#isTaken[slot] === 1) {
      if (this.#places[slot] === place) return false;
      slot = (slot + 1) & mask;
    }
    this.#isTaken[slot] = 1;
    this.#places[slot] = place;
    return true;
  }
}
