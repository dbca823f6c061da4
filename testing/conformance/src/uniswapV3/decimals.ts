// Rounds decimals half up, like v3-core's tests.

const PLACES = 40;
const ONE = 10n ** BigInt(PLACES);
const Q96 = 1n << 96n;

/** √(reserve1 / reserve0) as Q64.96. Quotient and root are rounded to 40 places. */
export function encodeSqrtPrice(reserve1: bigint, reserve0: bigint): bigint {
  const ratio = divideHalfUp(reserve1 * ONE, reserve0);
  const twice = integerRoot(4n * ratio * ONE);
  return (((twice + 1n) / 2n) * Q96) / ONE;
}

/** For example, `1.5` with 18 places is 15 · 10¹⁷. */
export function parseDecimal(text: string, places: number): bigint {
  const [whole = "", part = ""] = text.split(".");
  return BigInt(whole + part.slice(0, places).padEnd(places, "0"));
}

/** Like decimal.js's `toPrecision(5)`, but without exponents below 1. */
export function toFiveDigits(numerator: bigint, denominator: bigint): string {
  if (denominator === 0n) return numerator === 0n ? "NaN" : numerator > 0n ? "Infinity" : "-Infinity";
  if (numerator === 0n) return "0.0000";
  const isNegative = numerator < 0n !== denominator < 0n;
  return (isNegative ? "-" : "") + positiveToFiveDigits(size(numerator), size(denominator));
}

const DIGITS = 5;

function positiveToFiveDigits(numerator: bigint, denominator: bigint): string {
  let exponent = numerator.toString().length - denominator.toString().length;
  if (scaled(numerator, denominator, -exponent) < 1n) exponent--;
  let digits = divideHalfUp(...scaledFraction(numerator, denominator, DIGITS - 1 - exponent)).toString();
  if (digits.length > DIGITS) {
    exponent++;
    digits = digits.slice(0, DIGITS);
  }
  if (exponent >= DIGITS) return `${digits[0]}.${digits.slice(1)}e+${exponent}`;
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1);
  const part = digits.slice(exponent + 1);
  return part === "" ? whole : `${whole}.${part}`;
}

function scaled(numerator: bigint, denominator: bigint, power: number): bigint {
  const [a, b] = scaledFraction(numerator, denominator, power);
  return a / b;
}

function scaledFraction(numerator: bigint, denominator: bigint, power: number): [bigint, bigint] {
  const factor = 10n ** BigInt(Math.abs(power));
  return power >= 0 ? [numerator * factor, denominator] : [numerator, denominator * factor];
}

function divideHalfUp(a: bigint, b: bigint): bigint {
  return (2n * a + b) / (2n * b);
}

function size(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** ⌊√value⌋ by Newton's method from above. */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
