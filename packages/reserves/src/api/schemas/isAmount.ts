import { AMOUNT_LIMIT } from "../../ledger/index.ts";

/** True if the absolute value is below 2^128. */
export function isAmount(text: string): boolean {
  if (!/^-?\d+$/.test(text)) return false;
  const value = BigInt(text);
  return value < AMOUNT_LIMIT && value > -AMOUNT_LIMIT;
}
