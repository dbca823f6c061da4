import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
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
    encode: ({ of, place }) =>
      concatBytes(hexToBytes(of), ...place.map((part) => bigintToBytes(BigInt(part), PART_BYTES))),
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
