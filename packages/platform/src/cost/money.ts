import { z } from "zod";

/** Millionths of the currency. */
export type Micros = bigint;

const AMOUNT = /^\d{1,12}(?:\.\d{1,6})?$/;
const EXPECTED = "an amount with at most 12 digits before and 6 after the decimal point";
const PLACES = 6;

/** YAML has numbers; text keeps its digits. */
export const amount: z.ZodType<string> = z
  .union([z.number().transform(String), z.string()], { error: EXPECTED })
  .pipe(z.string().regex(AMOUNT, { error: EXPECTED }));

/** @param text matches `amount` */
export function microsOf(text: string): Micros {
  const [whole = "0", part = ""] = text.split(".");
  return BigInt(whole) * 10n ** BigInt(PLACES) + BigInt(part.padEnd(PLACES, "0"));
}

/** `12.34` */
export function amountText(micros: Micros): string {
  const digits = String(micros).padStart(PLACES + 1, "0");
  const part = digits.slice(-PLACES).replace(/0{1,4}$/, "");
  return `${digits.slice(0, -PLACES)}.${part}`;
}
