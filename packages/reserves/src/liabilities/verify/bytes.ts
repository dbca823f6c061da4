import { liabilitiesErrors } from "../errors.ts";

// What `@trellis/base` has for bytes uses Buffer, which browsers lack: the verifier carries its own.

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Lower-case digits behind 0x. */
export function toHex(bytes: Uint8Array): string {
  let hex = "0x";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/**
 * Lower-case digits behind 0x, exactly `size` bytes.
 * @throws PROOF_MALFORMED
 */
export function fromHex(hex: unknown, size: number, what: string): Uint8Array {
  if (typeof hex !== "string" || hex.length !== 2 + 2 * size || !/^0x[0-9a-f]*$/.test(hex)) {
    throw liabilitiesErrors.PROOF_MALFORMED({ what, expected: `${size} bytes in hexadecimal` });
  }
  return Uint8Array.from({ length: size }, (_, index) =>
    Number.parseInt(hex.slice(2 + 2 * index, 4 + 2 * index), 16),
  );
}
