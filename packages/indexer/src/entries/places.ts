import { bytesToBigint, bytesToHex, type Hex, putHex } from "@trellis/base";
import type { Codec } from "@trellis/storage";

/** Block number, then indexes within the block, each below 2^48. */
export type Place = readonly number[];

const PART_BYTES = 6;

/** Key: a prefix (address, topic or both), then the position. */
export interface Placed {
  readonly of: Hex;
  readonly place: Place;
}

export function placedCodec(nameBytes: number, partCount: number): Codec<Placed> {
  return {
    encode: ({ of, place }) => {
      const size = (of.length >> 1) - 1;
      const bytes = new Uint8Array(size + place.length * PART_BYTES);
      putHex(of, bytes, size);
      const parts = new DataView(bytes.buffer, size);
      for (const [index, part] of place.entries()) {
        parts.setUint16(index * PART_BYTES, Math.floor(part / 2 ** 32));
        parts.setUint32(index * PART_BYTES + 2, part % 2 ** 32);
      }
      return bytes;
    },
    decode: (bytes) => ({
      of: bytesToHex(bytes.subarray(0, nameBytes)),
      place: Array.from({ length: partCount }, (_, index) => {
        const from = nameBytes + index * PART_BYTES;
        return Number(bytesToBigint(bytes.subarray(from, from + PART_BYTES)));
      }),
    }),
  };
}

export const PLACE_MAX = 2 ** 48 - 1;
