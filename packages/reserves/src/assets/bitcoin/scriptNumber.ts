import { assetsErrors } from "../errors.ts";

/** Little-endian, minimal, with the sign in the top bit. */
export function decodeNumber(bytes: Uint8Array, sizeMax = 4): bigint {
  const last = bytes.at(-1);
  if (last === undefined) return 0n;
  const isPadded = (last & 0x7f) === 0 && ((bytes.at(-2) ?? 0) & 0x80) === 0;
  if (bytes.length > sizeMax || isPadded)
    throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "not a number", size: bytes.length });
  let magnitude = 0n;
  for (const [index, byte] of bytes.entries()) {
    const digit = index === bytes.length - 1 ? byte & 0x7f : byte;
    magnitude += BigInt(digit) << BigInt(8 * index);
  }
  return last >= 0x80 ? -magnitude : magnitude;
}

export function encodeNumber(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 0xffn));
  const last = bytes.at(-1);
  if (last === undefined) return new Uint8Array(0);
  const sign = value < 0n ? 0x80 : 0x00;
  if (last >= 0x80) bytes.push(sign);
  else bytes[bytes.length - 1] = last | sign;
  return Uint8Array.from(bytes);
}

export function isTrue(element: Uint8Array): boolean {
  return element.some((byte, index) => byte !== 0 && !(byte === 0x80 && index === element.length - 1));
}
