import { decimalText } from "../../format/units.ts";

// Amounts are decimal texts of base units, as the service tells them.

/** A gain or a loss that is too small for few digits has all of them: “−< 0.000001” says nothing. */
export function amountText(amount: string, decimals: number, isSigned = false): string {
  const value = BigInt(amount);
  const absolute = value < 0n ? -value : value;
  const short = decimalText(absolute, decimals);
  const size =
    short.startsWith("<") && (isSigned || value < 0n) ? decimalText(absolute, decimals, decimals) : short;
  if (value < 0n) return `−${size}`;
  return isSigned && value > 0n ? `+${size}` : size;
}

/** What a token is called, and how many of its base units make one. */
export interface TokenWords {
  /** The token's own word for itself, which nobody checked; else the beginning of its address. */
  readonly symbol: string;
  /** Undefined until it is told; null where nobody tells it. */
  readonly decimals: number | null | undefined;
}

/** With the unit. */
export function tokenText(amount: string, { symbol, decimals }: TokenWords, isSigned = false): string {
  if (decimals === undefined) return `… ${symbol}`;
  return decimals === null
    ? `${amountText(amount, 0, isSigned)} base units of ${symbol}`
    : `${amountText(amount, decimals, isSigned)} ${symbol}`;
}

/** How far what came lies from what was predicted. */
export function differenceText(predicted: string, realised: string): string {
  const difference = BigInt(realised) - BigInt(predicted);
  if (difference === 0n) return "as predicted, to the unit";
  if (BigInt(predicted) === 0n) return "not as predicted";
  const share = Number((difference * 1_000_000n) / BigInt(predicted)) / 10_000;
  return `${difference > 0n ? "+" : "−"}${Math.abs(share).toFixed(2)} % of the prediction`;
}

/** Of a whole, to a millionth. Decimal texts; nothing of nothing is 0. */
export function shareOf(part: string, whole: string): number {
  const [a, b] = [BigInt(part), BigInt(whole)];
  if (a <= 0n) return 0;
  return b <= 0n ? 1 : Number((a * 1_000_000n) / b) / 1_000_000;
}
