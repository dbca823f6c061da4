import { baseErrors } from "../errors.ts";

/** Bytes as lower-case hexadecimal with the prefix 0x. */
export type Hex = `0x${string}`;

const HEX_PATTERN = /^0x(?:[0-9a-fA-F]{2})*$/;

export function bytesToHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}

/** Bytes as the key of a map, a character for each: half as long as hexadecimal. */
export function bytesToKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/**
 * Decodes an even number of hexadecimal digits behind 0x.
 * @throws HEX_INVALID
 */
export function hexToBytes(hex: string): Uint8Array {
  if (!HEX_PATTERN.test(hex)) throw baseErrors.HEX_INVALID({ got: hex.slice(0, 80), length: hex.length });
  const decoded = Buffer.from(hex.slice(2), "hex");
  return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength);
}

export function isHex(value: unknown, byteLength?: number): value is Hex {
  if (typeof value !== "string" || !HEX_PATTERN.test(value)) return false;
  return byteLength === undefined || value.length === 2 + 2 * byteLength;
}

/** A number as hexadecimal without leading zeros: JSON-RPC's QUANTITY. */
export function quantityToHex(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}
