import { type Hex, hexToBytes } from "@trellis/base";
import { type Address, type Hash, UINT64_MAX, UINT256_MAX } from "@trellis/protocol";
import { type Decoder, malformed } from "./Decoder.ts";

const DIGITS = /^[0-9a-fA-F]*$/;
const QUANTITY_DIGITS_MAX = 64;
const FIXED = { 20: /^0x[0-9a-f]{40}$/, 32: /^0x[0-9a-f]{64}$/ } as const;

/** Checks the length first: checking all digits is expensive. */
function digitsOf(value: unknown, countMax: number, tooLong: (count: number) => string): string {
  if (typeof value !== "string") malformed("non-string value");
  if (value === "") malformed("empty hex string");
  if (!(value.startsWith("0x") || value.startsWith("0X"))) malformed("hex string without 0x prefix");
  const digits = value.slice(2);
  if (digits.length > countMax) malformed(tooLong(digits.length));
  if (!DIGITS.test(digits)) malformed("invalid hex string");
  return digits;
}

function fixedHex(byteLength: 20 | 32, typeName: string): Decoder<Hex> {
  const wrongLength = (count: number) =>
    `hex string has length ${count}, want ${byteLength * 2} for ${typeName}`;
  return {
    schema: { type: "string", pattern: `^0x[0-9a-fA-F]{${byteLength * 2}}$`, title: typeName },
    decode(value) {
      if (typeof value === "string" && FIXED[byteLength].test(value)) return value as Hex;
      const digits = digitsOf(value, byteLength * 2, wrongLength);
      if (digits.length % 2 === 1) malformed("hex string of odd length");
      if (digits.length !== byteLength * 2) malformed(wrongLength(digits.length));
      return `0x${digits.toLowerCase()}`;
    },
  };
}

export const address: Decoder<Address> = fixedHex(20, "common.Address");
export const hash: Decoder<Hash> = fixedHex(32, "common.Hash");

/** Undefined if malformed. Checking the digits apart from reading them takes twice as long. */
function wellFormed(value: unknown, countMax: number): Uint8Array | undefined {
  if (typeof value !== "string" || value.length > 2 + 2 * countMax) return undefined;
  try {
    return hexToBytes(value);
  } catch {
    return undefined;
  }
}

export function bytesUpTo(countMax: number): Decoder<Uint8Array> {
  const tooLong = (digits: number) => `hex string has ${digits} digits, want at most ${countMax} bytes`;
  return {
    schema: { type: "string", pattern: "^0x([0-9a-fA-F]{2})*$", title: "hex encoded bytes" },
    decode(value) {
      const read = wellFormed(value, countMax);
      if (read !== undefined) return read;
      const digits = digitsOf(value, countMax * 2, tooLong);
      if (digits.length % 2 === 1) malformed("hex string of odd length");
      return hexToBytes(`0x${digits}`);
    },
  };
}

export const bytes: Decoder<Uint8Array> = bytesUpTo(Number.POSITIVE_INFINITY);
/** Hashing 256 KiB takes 10 ms. */
export const hashedBytes: Decoder<Uint8Array> = bytesUpTo(256 * 1024);
/** EIP-170. */
export const code: Decoder<Uint8Array> = bytesUpTo(24_576);

function quantityUpTo(max: bigint, bits: number): Decoder<bigint> {
  const tooGreat = () => `hex number > ${bits} bits`;
  return {
    schema: { type: "string", pattern: "^0x(0|[1-9a-fA-F][0-9a-fA-F]*)$", title: `uint${bits}` },
    decode(value) {
      const digits = digitsOf(value, QUANTITY_DIGITS_MAX, tooGreat);
      if (digits === "") malformed('hex string "0x"');
      if (digits.length > 1 && digits.startsWith("0")) malformed("hex number with leading zero digits");
      if (digits.length > bits / 4) malformed(tooGreat());
      const number = BigInt(`0x${digits}`);
      return number > max ? malformed(tooGreat()) : number;
    },
  };
}

export const uint64: Decoder<bigint> = quantityUpTo(UINT64_MAX, 64);
export const uint256: Decoder<bigint> = quantityUpTo(UINT256_MAX, 256);

/** Like geth's DecimalOrHex, also accepts decimal numbers. */
export const count: Decoder<number> = {
  schema: { oneOf: [uint64.schema, { type: "integer", minimum: 0 }] },
  decode(value) {
    const decimal =
      typeof value === "string" && /^[0-9]{1,16}$/.test(value)
        ? Number(value)
        : typeof value === "number"
          ? value
          : undefined;
    const number = decimal ?? Number(uint64.decode(value));
    return Number.isSafeInteger(number) && number >= 0 ? number : malformed("not a whole number in range");
  },
};

/** Greater values become 2^53 − 1. */
export const index: Decoder<number> = {
  schema: uint64.schema,
  decode: (value) => Math.min(Number(uint64.decode(value)), Number.MAX_SAFE_INTEGER),
};

export const storageSlot: Decoder<Hash> = {
  schema: { type: "string", pattern: "^0x[0-9a-fA-F]{0,64}$", title: "storage slot" },
  decode(value) {
    const digits = digitsOf(
      value,
      QUANTITY_DIGITS_MAX,
      () => "unable to decode storage key: hex string too long, want at most 32 bytes",
    );
    return `0x${digits.toLowerCase().padStart(64, "0")}`;
  },
};
