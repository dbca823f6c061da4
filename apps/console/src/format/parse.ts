import { type Address, isAddress, parseUnits } from "viem";

export type Parsed<T> = { readonly value: T } | { readonly wrong: string };

const COIN_DECIMALS = 18;
const WORD_MAX = 2n ** 256n - 1n;

export function parseAddress(text: string): Parsed<Address> {
  const trimmed = text.trim();
  if (trimmed === "") return { wrong: "Enter an address." };
  if (!/^0x[0-9a-fA-F]{40}$/.test(trimmed)) {
    return { wrong: "Invalid address. Expected 0x and 40 hexadecimal digits." };
  }
  const digits = trimmed.slice(2);
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  // Mixed case encodes a checksum (EIP-55).
  if (!isOneCase && !isAddress(trimmed)) return { wrong: "Invalid checksum. Look for a mistyped digit." };
  return { value: trimmed.toLowerCase() as Address };
}

/** @param max in base units */
export function parseAmount(text: string, max = WORD_MAX, decimals = COIN_DECIMALS): Parsed<bigint> {
  const trimmed = text.trim().replace(/[\s\u202f_]/g, "");
  if (trimmed === "") return { wrong: "Enter an amount." };
  if (!/^\d+(\.\d*)?$/.test(trimmed)) return { wrong: "Invalid amount. Use digits and a decimal point." };
  const fraction = trimmed.split(".")[1] ?? "";
  if (fraction.length > decimals) return { wrong: `At most ${decimals} decimals.` };
  if (trimmed.length > 120) return { wrong: "The amount is too large." };
  const value = parseUnits(trimmed, decimals);
  return value > max ? { wrong: "The amount is too large." } : { value };
}

export function parseWhole(text: string, min = 0n, max = WORD_MAX): Parsed<bigint> {
  const trimmed = text.trim().replace(/[\s\u202f_]/g, "");
  if (trimmed === "") return { wrong: "Enter a number." };
  if (!/^\d{1,100}$/.test(trimmed)) return { wrong: "Enter a whole number." };
  const value = BigInt(trimmed);
  if (value < min) return { wrong: `At least ${min}.` };
  return value > max ? { wrong: `At most ${max}.` } : { value };
}

export function parseBytes(text: string): Parsed<`0x${string}`> {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "0x") return { value: "0x" };
  return /^0x([0-9a-fA-F]{2})+$/.test(trimmed)
    ? { value: trimmed as `0x${string}` }
    : { wrong: "Invalid bytes. Expected 0x and pairs of hexadecimal digits." };
}

export function wrongOf(parsed: Parsed<unknown>): string | undefined {
  return "wrong" in parsed ? parsed.wrong : undefined;
}

export function rightOf<T>(parsed: Parsed<T>): T | undefined {
  return "value" in parsed ? parsed.value : undefined;
}
