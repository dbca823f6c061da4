import { bigintToBytes, bytesToBigint } from "@trellis/base";
import { NO_OUTPUT, type Precompile, padded } from "./Precompile.ts";

const HEADER = 96;
/** Longer operands cost more than any gas limit. */
const LENGTH_MAX = 1n << 32n;
const LENGTH_HUGE = (1n << 64n) - 1n;

interface Lengths {
  readonly base: bigint;
  readonly exponent: bigint;
  readonly modulus: bigint;
}

/** EIP-7823. */
const OSAKA_LENGTH_MAX = 1024n;

type Price = (input: Uint8Array, lengths: Lengths) => bigint;

/** EIP-198, EIP-2565. */
export const modexp: Precompile = createModexp((input, { base, exponent, modulus }) => {
  const words = wordsOf(base, modulus);
  const count = iterations(input, base, exponent, 8n);
  return max((words * words * count) / 3n, 200n);
});

export const MODEXP_OSAKA_GAS_MIN = 500;

/** EIP-7883. */
const osakaPrice: Price = (input, { base, exponent, modulus }) => {
  const words = wordsOf(base, modulus);
  const complexity = words <= 4n ? 16n : 2n * words * words;
  return max(complexity * iterations(input, base, exponent, 16n), BigInt(MODEXP_OSAKA_GAS_MIN));
};

/** EIP-198, EIP-7823, EIP-7883. */
export const modexpOsaka: Precompile = createModexp(osakaPrice, OSAKA_LENGTH_MAX);

/** Without the limits of EIP-7823. */
export const modexpAtOsakaPrice: Precompile = createModexp(osakaPrice);

function createModexp(priceOf: Price, lengthMax = LENGTH_HUGE): Precompile {
  return (input, gas) => {
    const header = padded(input, HEADER);
    const view = new DataView(header.buffer);
    const [base, exponent, modulus] = [readLength(view, 0), readLength(view, 32), readLength(view, 64)];
    if (base > lengthMax || exponent > lengthMax || modulus > lengthMax) return undefined;
    const price = priceOf(input, { base, exponent, modulus });
    if (price > BigInt(gas)) return { gasUsed: Number.MAX_SAFE_INTEGER, output: NO_OUTPUT };
    const gasUsed = Number(price);
    // Gas bounds the lengths, unless the modulus is empty.
    if (modulus === 0n) return { gasUsed, output: NO_OUTPUT };
    return { gasUsed, output: compute(input, Number(base), Number(exponent), Number(modulus)) };
  };
}

function readLength(view: DataView, at: number): bigint {
  for (let i = at; i < at + 24; i += 8) if (view.getBigUint64(i) !== 0n) return LENGTH_HUGE;
  return view.getBigUint64(at + 24);
}

function compute(
  input: Uint8Array,
  baseLength: number,
  exponentLength: number,
  modulusLength: number,
): Uint8Array {
  const modulus = bytesToBigint(part(input, HEADER + baseLength + exponentLength, modulusLength));
  if (modulus <= 1n) return new Uint8Array(modulusLength);
  const base = bytesToBigint(part(input, HEADER, baseLength)) % modulus;
  const exponent = bytesToBigint(part(input, HEADER + baseLength, exponentLength));
  return bigintToBytes(power(base, exponent, modulus), modulusLength);
}

function wordsOf(baseLength: bigint, modulusLength: bigint): bigint {
  return (max(baseLength, modulusLength) + 7n) / 8n;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** Bits of the first 32 bytes, then `perByte` per further byte. */
function iterations(input: Uint8Array, baseLength: bigint, exponentLength: bigint, perByte: bigint): bigint {
  const headLength = exponentLength > 32n ? 32 : Number(exponentLength);
  const bits = baseLength > LENGTH_MAX ? 0n : headBits(input, HEADER + Number(baseLength), headLength);
  const count = exponentLength <= 32n ? bits : perByte * (exponentLength - 32n) + bits;
  return max(count, 1n);
}

/** Position of the highest bit. */
function headBits(input: Uint8Array, from: number, length: number): bigint {
  for (let i = 0; i < length; i++) {
    const byte = input[from + i] ?? 0;
    if (byte !== 0) return BigInt(8 * (length - 1 - i) + 31 - Math.clz32(byte));
  }
  return 0n;
}

function part(input: Uint8Array, from: number, length: number): Uint8Array {
  return padded(input.subarray(Math.min(from, input.length)), length);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const bits = exponent.toString(2);
  const width = bits.length <= 4 ? 1 : bits.length <= 24 ? 2 : bits.length <= 80 ? 3 : 4;
  const powers = [1n, base];
  for (let i = 2; i < 1 << width; i++) powers.push((powers[i - 1]! * base) % modulus);
  let result = 1n;
  for (let at = 0, end = bits.length % width || width; at < bits.length; at = end, end += width) {
    if (at > 0) for (let bit = 0; bit < width; bit++) result = (result * result) % modulus;
    const digit = Number.parseInt(bits.slice(at, end), 2);
    if (digit !== 0) result = at > 0 ? (result * powers[digit]!) % modulus : powers[digit]!;
  }
  return result;
}
