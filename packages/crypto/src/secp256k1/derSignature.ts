import { bytesToBigint } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const SIZE_MAX = 72;

/** Strict DER only (X.690, section 10; SEC 1, section C.8). @throws SIGNATURE_OUT_OF_RANGE */
export function derToSignature(der: Uint8Array): { r: bigint; s: bigint } {
  if (der.length > SIZE_MAX || der[0] !== SEQUENCE || der[1] !== der.length - 2) throw malformed(der);
  const r = readInteger(der, 2);
  const s = readInteger(der, r.end);
  if (s.end !== der.length) throw malformed(der);
  return { r: r.value, s: s.value };
}

function readInteger(der: Uint8Array, start: number): { value: bigint; end: number } {
  const size = der[start + 1] ?? 0;
  const end = start + 2 + size;
  const first = der[start + 2] ?? 0;
  const isNegative = first >= 0x80;
  const isPadded = size > 1 && first === 0 && (der[start + 3] ?? 0) < 0x80;
  if (der[start] !== INTEGER || size === 0 || end > der.length || isNegative || isPadded) {
    throw malformed(der);
  }
  return { value: bytesToBigint(der.subarray(start + 2, end)), end };
}

function malformed(der: Uint8Array) {
  return cryptoErrors.SIGNATURE_OUT_OF_RANGE({ reason: "not strict DER", length: der.length });
}
