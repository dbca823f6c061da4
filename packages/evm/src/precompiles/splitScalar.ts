const MAGNITUDE_SIZE = 17;
/** Format of core/pairing/scalars.ts. */
export const HALVES_SIZE = 2 * MAGNITUDE_SIZE + 2;

type WriteHalves = (scalar: bigint, view: DataView, at: number) => void;

/** Signed halves of about half the order's length (Gallant, Lambert, Vanstone, CRYPTO 2001, section 4). */
export function createSplit(order: bigint, lambda: bigint): WriteHalves {
  const [[a1, b1], [a2, b2]] = shortBasis(order, lambda);
  return (scalar, view, at) => {
    const c1 = divideRounding(b2 * scalar, order);
    const c2 = divideRounding(-b1 * scalar, order);
    writeHalves(scalar - c1 * a1 - c2 * a2, -c1 * b1 - c2 * b2, view, at);
  };
}

/** Magnitudes must be below 2^132. */
export function writeHalves(first: bigint, second: bigint, view: DataView, at: number): void {
  writeMagnitude(first, view, at);
  writeMagnitude(second, view, at + MAGNITUDE_SIZE);
  view.setUint8(at + 2 * MAGNITUDE_SIZE, first < 0n ? 1 : 0);
  view.setUint8(at + 2 * MAGNITUDE_SIZE + 1, second < 0n ? 1 : 0);
}

function writeMagnitude(half: bigint, view: DataView, at: number): void {
  const magnitude = half < 0n ? -half : half;
  view.setUint8(at, Number(magnitude >> 128n));
  view.setBigUint64(at + 1, BigInt.asUintN(64, magnitude >> 64n));
  view.setBigUint64(at + 9, BigInt.asUintN(64, magnitude));
}

type Vector = readonly [bigint, bigint];

/** Two short vectors (a, b) with a + b · λ ≡ 0, from the extended Euclidean algorithm, stopped halfway. */
function shortBasis(order: bigint, lambda: bigint): [Vector, Vector] {
  let previous: Vector = [order, 0n];
  let current: Vector = [lambda, -1n];
  while (current[0] * current[0] > order) [previous, current] = [current, nextVector(previous, current)];
  const next = nextVector(previous, current);
  return [current, lengthOf(previous) < lengthOf(next) ? previous : next];
}

function nextVector(previous: Vector, current: Vector): Vector {
  const quotient = previous[0] / current[0];
  return [previous[0] - quotient * current[0], previous[1] - quotient * current[1]];
}

function lengthOf([a, b]: Vector): bigint {
  return a * a + b * b;
}

function divideRounding(value: bigint, divisor: bigint): bigint {
  const half = divisor >> 1n;
  return value < 0n ? -((half - value) / divisor) : (value + half) / divisor;
}
