import { bigintToBytes, bytesToBigint } from "@trellis/base";
import { NO_OUTPUT, type Precompile, padded } from "./Precompile.ts";

const GAS_MIN = 200n;
const HEADER = 96;
/** Beyond this the price exceeds any gas amount; nothing of that size is read. */
const LENGTH_MAX = 1n << 32n;

/** 0x05 (EIP-198, priced by EIP-2565). */
export const modexp: Precompile = (input, gas) => {
  const header = padded(input, HEADER);
  const [baseLength, exponentLength, modulusLength] = [0, 32, 64].map((at) =>
    bytesToBigint(header.subarray(at, at + 32)),
  ) as [bigint, bigint, bigint];
  if (baseLength === 0n && modulusLength === 0n) return { gasUsed: Number(GAS_MIN), output: NO_OUTPUT };
  const price = priceOf(input, baseLength, exponentLength, modulusLength);
  if (price > BigInt(gas)) return { gasUsed: Number.MAX_SAFE_INTEGER, output: NO_OUTPUT };
  const gasUsed = Number(price);
  const [b, e, m] = [Number(baseLength), Number(exponentLength), Number(modulusLength)];
  const modulus = bytesToBigint(part(input, HEADER + b + e, m));
  if (modulus <= 1n) return { gasUsed, output: new Uint8Array(m) };
  const base = bytesToBigint(part(input, HEADER, b)) % modulus;
  const exponent = bytesToBigint(part(input, HEADER + b, e));
  return { gasUsed, output: bigintToBytes(power(base, exponent, modulus), m) };
};

function priceOf(
  input: Uint8Array,
  baseLength: bigint,
  exponentLength: bigint,
  modulusLength: bigint,
): bigint {
  const longest = baseLength > modulusLength ? baseLength : modulusLength;
  const words = (longest + 7n) / 8n;
  const price = (words * words * iterations(input, baseLength, exponentLength)) / 3n;
  return price > GAS_MIN ? price : GAS_MIN;
}

/** The exponent's bit length as EIP-2565 estimates it from its first 32 bytes. */
function iterations(input: Uint8Array, baseLength: bigint, exponentLength: bigint): bigint {
  const headLength = exponentLength > 32n ? 32 : Number(exponentLength);
  const head =
    baseLength > LENGTH_MAX ? 0n : bytesToBigint(part(input, HEADER + Number(baseLength), headLength));
  const headBits = head === 0n ? 0n : BigInt(head.toString(2).length - 1);
  const count = exponentLength <= 32n ? headBits : 8n * (exponentLength - 32n) + headBits;
  return count > 1n ? count : 1n;
}

function part(input: Uint8Array, from: number, length: number): Uint8Array {
  return padded(input.subarray(Math.min(from, input.length)), length);
}

/** Left-to-right with windows of four bits. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const digits = exponent.toString(16);
  const powers = [1n, base];
  for (let i = 2; i < 16; i++) powers.push((powers[i - 1]! * base) % modulus);
  let result = 1n;
  for (let i = 0; i < digits.length; i++) {
    if (i > 0) for (let bit = 0; bit < 4; bit++) result = (result * result) % modulus;
    const digit = Number.parseInt(digits[i]!, 16);
    if (digit !== 0) result = (result * powers[digit]!) % modulus;
  }
  return result;
}
