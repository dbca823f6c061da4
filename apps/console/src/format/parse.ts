import { type Address, isAddress, parseUnits } from "viem";

/** What a person wrote, read; or what is wrong with it, in words for that person. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string };

const COIN_DECIMALS = 18;
const WORD_MAX = 2n ** 256n - 1n;

export function parseAddress(text: string): Parsed<Address> {
  const trimmed = text.trim();
  if (trimmed === "") return { wrong: "An address is needed." };
  if (!/^0x[0-9a-fA-F]{40}$/.test(trimmed)) {
    return { wrong: "This is not an address: it has 40 hexadecimal digits behind 0x." };
  }
  const digits = trimmed.slice(2);
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  // In mixed case the letters are a checksum (EIP-55): who mistypes one should learn it.
  if (!isOneCase && !isAddress(trimmed))
    return { wrong: "Its checksum is wrong: look for a mistyped digit." };
  return { value: trimmed.toLowerCase() as Address };
}

/**
 * A decimal number of units into base units.
 * @param max base units
 */
export function parseAmount(text: string, max = WORD_MAX, decimals = COIN_DECIMALS): Parsed<bigint> {
  const trimmed = text.trim().replace(/[\s\u202f_]/g, "");
  if (trimmed === "") return { wrong: "An amount is needed." };
  if (!/^\d+(\.\d*)?$/.test(trimmed))
    return { wrong: "This is not an amount: digits, and a point before parts." };
  const fraction = trimmed.split(".")[1] ?? "";
  if (fraction.length > decimals) return { wrong: `At most ${decimals} digits behind the point.` };
  // More digits than the greatest has are not worth a number.
  if (trimmed.length > 120) return { wrong: "More than there can ever be." };
  const value = parseUnits(trimmed, decimals);
  return value > max ? { wrong: "More than there can ever be." } : { value };
}

/** A whole number between two others, both included. */
export function parseWhole(text: string, min = 0n, max = WORD_MAX): Parsed<bigint> {
  const trimmed = text.trim().replace(/[\s\u202f_]/g, "");
  if (trimmed === "") return { wrong: "A number is needed." };
  if (!/^\d{1,100}$/.test(trimmed)) return { wrong: "This is not a whole number." };
  const value = BigInt(trimmed);
  if (value < min) return { wrong: `At least ${min}.` };
  return value > max ? { wrong: `At most ${max}.` } : { value };
}

export function parseBytes(text: string): Parsed<`0x${string}`> {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "0x") return { value: "0x" };
  return /^0x([0-9a-fA-F]{2})+$/.test(trimmed)
    ? { value: trimmed as `0x${string}` }
    : { wrong: "Bytes are pairs of hexadecimal digits behind 0x." };
}

export function wrongOf(parsed: Parsed<unknown>): string | undefined {
  return "wrong" in parsed ? parsed.wrong : undefined;
}

export function rightOf<T>(parsed: Parsed<T>): T | undefined {
  return "value" in parsed ? parsed.value : undefined;
}
