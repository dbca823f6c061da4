import { AMOUNT_LIMIT } from "../../ledger/index.ts";

export function isAmount(text: string): boolean {
  if (!/^-?\d+$/.test(text)) return false;
  const value = BigInt(text);
  return value < AMOUNT_LIMIT && value > -AMOUNT_LIMIT;
}
