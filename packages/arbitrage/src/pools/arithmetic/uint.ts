export const UINT256_MAX = (1n << 256n) - 1n;
export const UINT128_MAX = (1n << 128n) - 1n;
export const UINT112_MAX = (1n << 112n) - 1n;
export const INT256_MAX = (1n << 255n) - 1n;

export function divideUp(a: bigint, b: bigint): bigint {
  return a === 0n ? 0n : (a - 1n) / b + 1n;
}
