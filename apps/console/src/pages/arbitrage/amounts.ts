import { decimalText } from "../../format/units.ts";

// Amounts are decimal strings of base units.

/** Small signed amounts show all digits, because “−< 0.000001” would be unclear. */
export function amountText(amount: string, decimals: number, isSigned = false): string {
  const value = BigInt(amount);
  const absolute = value < 0n ? -value : value;
  const short = decimalText(absolute, decimals);
  const size =
    short.startsWith("<") && (isSigned || value < 0n) ? decimalText(absolute, decimals, decimals) : short;
  if (value < 0n) return `−${size}`;
  return isSigned && value > 0n ? `+${size}` : size;
}

export interface TokenWords {
  /** Unverified text from the token contract. */
  readonly symbol: string;
  readonly decimals: number | null | undefined;
}

export function tokenText(amount: string, { symbol, decimals }: TokenWords, isSigned = false): string {
  if (decimals === undefined) return `… ${symbol}`;
  return decimals === null
    ? `${amountText(amount, 0, isSigned)} base units of ${symbol}`
    : `${amountText(amount, decimals, isSigned)} ${symbol}`;
}

export function differenceText(predicted: string, realised: string): string {
  const difference = BigInt(realised) - BigInt(predicted);
  if (difference === 0n) return "exactly as expected";
  if (BigInt(predicted) === 0n) return "not as expected";
  const share = Number((difference * 1_000_000n) / BigInt(predicted)) / 10_000;
  return `${difference > 0n ? "+" : "−"}${Math.abs(share).toFixed(2)} % vs expected`;
}

/** Rounded down to a millionth. 0 if `part` is 0, else 1 if `whole` is 0. */
export function shareOf(part: string, whole: string): number {
  const [a, b] = [BigInt(part), BigInt(whole)];
  if (a <= 0n) return 0;
  return b <= 0n ? 1 : Number((a * 1_000_000n) / b) / 1_000_000;
}
