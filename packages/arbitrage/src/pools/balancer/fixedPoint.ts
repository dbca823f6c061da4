export const ONE = 10n ** 18n;

export function multiplyDown(a: bigint, b: bigint): bigint {
  return (a * b) / ONE;
}

export function multiplyUp(a: bigint, b: bigint): bigint {
  const product = a * b;
  return product === 0n ? 0n : (product - 1n) / ONE + 1n;
}

export function divideDown(a: bigint, b: bigint): bigint {
  return (a * ONE) / b;
}

export function divideUp(a: bigint, b: bigint): bigint {
  return a === 0n ? 0n : (a * ONE - 1n) / b + 1n;
}

export function complement(x: bigint): bigint {
  return x < ONE ? ONE - x : 0n;
}
