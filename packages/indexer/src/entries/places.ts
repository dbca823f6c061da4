import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import type { Codec } from "@trellis/storage";

/** Where on the chain something happened: block number, then places within the block. Each below 2^48. */
export type Place = readonly number[];

const PART_BYTES = 6;

/** A place after a name (an address, a topic, both), so that keys of one name sort by place. */
export interface Placed {
  readonly of: Hex;
  readonly place: Place;
}

/**
 * @param nameBytes length of the name
 * @param partCount parts of the place
 */
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

/** Above every place. */
export const PLACE_MAX = 2 ** 48 - 1;
