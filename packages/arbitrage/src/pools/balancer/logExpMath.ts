// Balancer's LogExpMath. Decimals, terms and truncation equal the contract's.

const ONE_18 = 10n ** 18n;
const ONE_20 = 10n ** 20n;
const ONE_36 = 10n ** 36n;

const EXPONENT_MAX = 130n * ONE_18;
const EXPONENT_MIN = -41n * ONE_18;
/** Arguments whose logarithm needs 36 decimals. */
const NEAR_ONE_LOW = ONE_18 - 10n ** 17n;
const NEAR_ONE_HIGH = ONE_18 + 10n ** 17n;

/** e¹²⁸ and e⁶⁴, without decimals. */
const LARGE_POWERS: readonly (readonly [exponent: bigint, power: bigint])[] = [
  [128n * ONE_18, 38877084059945950922200000000000000000000000000000000000n],
  [64n * ONE_18, 6235149080811616882910000000n],
];

/** e³², e¹⁶ … e^(1/16), with 20 decimals. */
const POWERS: readonly (readonly [exponent: bigint, power: bigint])[] = [
  [32n * ONE_20, 7896296018268069516100000000000000n],
  [16n * ONE_20, 888611052050787263676000000n],
  [8n * ONE_20, 298095798704172827474000n],
  [4n * ONE_20, 5459815003314423907810n],
  [2n * ONE_20, 738905609893065022723n],
  [ONE_20, 271828182845904523536n],
  [ONE_20 / 2n, 164872127070012814685n],
  [ONE_20 / 4n, 128402541668774148407n],
  [ONE_20 / 8n, 113314845306682631683n],
  [ONE_20 / 16n, 106449445891785942956n],
];
/** The contract's exponential uses only these powers. */
const POWERS_OF_EXPONENTIAL = POWERS.slice(0, -2);

/** Undefined where the contract reverts. */
export function power(x: bigint, y: bigint): bigint | undefined {
  if (y === 0n) return ONE_18;
  if (x === 0n) return 0n;
  if (x >= 1n << 255n || y >= (1n << 254n) / ONE_20) return undefined;
  const exponent = timesLogarithm(x, y) / ONE_18;
  if (exponent < EXPONENT_MIN || exponent > EXPONENT_MAX) return undefined;
  return exponential(exponent);
}

function timesLogarithm(x: bigint, y: bigint): bigint {
  if (x <= NEAR_ONE_LOW || x >= NEAR_ONE_HIGH) return logarithm(x) * y;
  const precise = logarithmNearOne(x);
  return (precise / ONE_18) * y + ((precise % ONE_18) * y) / ONE_18;
}

export function exponential(exponent: bigint): bigint {
  if (exponent < 0n) return (ONE_18 * ONE_18) / exponential(-exponent);
  let x = exponent;
  let large = 1n;
  const fit = LARGE_POWERS.find(([part]) => x >= part);
  if (fit !== undefined) [x, large] = [x - fit[0], fit[1]];
  x *= 100n;
  let product = ONE_20;
  for (const [part, value] of POWERS_OF_EXPONENTIAL) {
    if (x < part) continue;
    x -= part;
    product = (product * value) / ONE_20;
  }
  let term = x;
  let sum = ONE_20 + term;
  for (let n = 2n; n <= 12n; n++) {
    term = (term * x) / ONE_20 / n;
    sum += term;
  }
  return (((product * sum) / ONE_20) * large) / 100n;
}

export function logarithm(argument: bigint): bigint {
  if (argument < ONE_18) return -logarithm((ONE_18 * ONE_18) / argument);
  let x = argument;
  let sum = 0n;
  for (const [part, value] of LARGE_POWERS) {
    if (x < value * ONE_18) continue;
    x /= value;
    sum += part;
  }
  x *= 100n;
  sum *= 100n;
  for (const [part, value] of POWERS) {
    if (x < value) continue;
    x = (x * ONE_20) / value;
    sum += part;
  }
  return (sum + areaTangent(((x - ONE_20) * ONE_20) / (x + ONE_20), ONE_20, 11n)) / 100n;
}

/** The result has 36 decimals. */
function logarithmNearOne(argument: bigint): bigint {
  const x = argument * ONE_18;
  return areaTangent(((x - ONE_36) * ONE_36) / (x + ONE_36), ONE_36, 15n);
}

/** ln((1 + z)/(1 − z)) = 2·(z + z³/3 + …). */
function areaTangent(z: bigint, one: bigint, highest: bigint): bigint {
  const square = (z * z) / one;
  let term = z;
  let sum = z;
  for (let n = 3n; n <= highest; n += 2n) {
    term = (term * square) / one;
    sum += term / n;
  }
  return sum * 2n;
}
