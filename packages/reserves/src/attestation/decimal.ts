/** At most 18 digits before and after the point. */
export const PRICE_PATTERN = /^(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,17}[1-9])?$/;
const PRICE_PLACES = 18;

/** In units of 10^-18. */
export function priceUnits(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(PRICE_PLACES, "0"));
}

export function priceText(units: bigint): string {
  const digits = units.toString().padStart(PRICE_PLACES + 1, "0");
  const fraction = digits.slice(-PRICE_PLACES).replace(/0+$/, "");
  return digits.slice(0, -PRICE_PLACES) + (fraction === "" ? "" : `.${fraction}`);
}

export function lowerMedian(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[(sorted.length - 1) >> 1] ?? 0n;
}
