import type { Random } from "@trellis/base";

const DRAW_SIZE = 65_536;

/** Distinct and uniform. `count` must be at most half of the positions. */
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
    // `depth` is at least 1, so the shift is below 32.
    return draws.getUint32(offset - 4) >>> (32 - depth);
  };
}

class PlaceSet {
  readonly #places: Uint32Array;
  readonly #isTaken: Uint8Array;

  constructor(count: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * count + 1));
    this.#places = new Uint32Array(size);
    this.#isTaken = new Uint8Array(size);
  }

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
