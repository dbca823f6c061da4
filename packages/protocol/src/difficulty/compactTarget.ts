import { protocolErrors } from "../errors.ts";
import { UINT256_MAX } from "../transaction/limits.ts";

/** [BLOCK-8] @throws BITS_INVALID */
export function compactToTarget(bits: number): bigint {
  const isUint32 = Number.isInteger(bits) && bits >= 0 && bits <= 0xffffffff;
  if (!isUint32) throw protocolErrors.BITS_INVALID({ bits, reason: "not 32 bits" });
  if ((bits & 0x800000) !== 0) throw protocolErrors.BITS_INVALID({ bits, reason: "negative" });
  const size = bits >>> 24;
  const mantissa = BigInt(bits & 0x7fffff);
  const target = size <= 3 ? mantissa >> BigInt(8 * (3 - size)) : mantissa << BigInt(8 * (size - 3));
  if (target === 0n) throw protocolErrors.BITS_INVALID({ bits, reason: "zero" });
  if (target > UINT256_MAX) throw protocolErrors.BITS_INVALID({ bits, reason: "more than 256 bits" });
  return target;
}

/** Rounds down. @throws BITS_INVALID */
export function targetToCompact(target: bigint): number {
  if (target <= 0n || target > UINT256_MAX) {
    throw protocolErrors.BITS_INVALID({ target, reason: "not between 1 and 2^256 - 1" });
  }
  let size = Math.ceil(target.toString(16).length / 2);
  let mantissa = Number(size <= 3 ? target << BigInt(8 * (3 - size)) : target >> BigInt(8 * (size - 3)));
  if (mantissa > 0x7fffff) {
    mantissa >>= 8;
    size++;
  }
  return size * 2 ** 24 + mantissa;
}

/** [BLOCK-9] */
export function workOfTarget(target: bigint): bigint {
  return (UINT256_MAX - target) / (target + 1n) + 1n;
}

export function bitsOfExpectedHashes(hashes: bigint): number {
  return targetToCompact((UINT256_MAX + 1n) / hashes - 1n);
}
