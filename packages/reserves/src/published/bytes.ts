import { hexToBytes } from "@noble/hashes/utils.js";
import { isEqual, joinBytes, toHex } from "../liabilities/verify/bytes.ts";

// What `@trellis/base` has for bytes uses Buffer, which browsers lack.

export { isEqual as bytesEqual };

export function bytesToHex(bytes: Uint8Array): `0x${string}` {
  return toHex(bytes) as `0x${string}`;
}

/** Of digits behind 0x that were checked to be some. */
export function fromHex(hex: string): Uint8Array {
  return hexToBytes(hex.slice(2));
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts);
}

/** Byte by byte from the first; less than, equal to or greater than zero. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const index = a.findIndex((byte, at) => byte !== b[at]);
  return index < 0 ? a.length - b.length : (a[index] as number) - (b[index] ?? -1);
}
