/** Decimal places of OKX's sums. */
const PLACES = 8;
const DECIMAL = /^-?[0-9]{1,40}(?:\.[0-9]{1,40})?$/;

export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** Truncates to OKX's decimal places. Prints no trailing zeros. */
export function addRoundedDown(a: string, b: string): string {
  const places = Math.max(placesOf(a), placesOf(b), PLACES);
  const sum = scaled(a, places) + scaled(b, places);
  return printed(sum / 10n ** BigInt(places - PLACES));
}

function placesOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

function scaled(text: string, places: number): bigint {
  return BigInt(text.replace(".", "") + "0".repeat(places - placesOf(text)));
}

function printed(units: bigint): string {
  const magnitude = (units < 0n ? -units : units).toString().padStart(PLACES + 1, "0");
  const fraction = magnitude.slice(-PLACES).replace(/0+$/, "");
  const sign = units < 0n ? "-" : "";
  return `${sign}${magnitude.slice(0, -PLACES)}${fraction === "" ? "" : `.${fraction}`}`;
}
