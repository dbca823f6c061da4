import { bigintToBytes, bytesToBigint, bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import type { Codec } from "./Table.ts";

export const bytesCodec: Codec<Uint8Array> = { encode: (value) => value, decode: (bytes) => bytes };

export const hexCodec: Codec<Hex> = { encode: hexToBytes, decode: bytesToHex };

export const textCodec: Codec<string> = {
  encode: (value) => new TextEncoder().encode(value),
  decode: (bytes) => new TextDecoder().decode(bytes),
};

/** Big-endian, so that keys sort by number. */
export const uintCodec: Codec<number> = {
  encode: (value) => bigintToBytes(BigInt(value), 8),
  decode: (bytes) => Number(bytesToBigint(bytes)),
};
