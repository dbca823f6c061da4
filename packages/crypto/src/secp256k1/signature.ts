import { bigintToBytes, bytesToBigint } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";

/** SEC 2, section 2.4.1. */
export const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** EIP-2. */
export const SECP256K1_HALF_ORDER = SECP256K1_ORDER >> 1n;

export interface Signature {
  readonly r: bigint;
  readonly s: bigint;
  readonly yParity: 0 | 1;
}

export interface SignatureRules {
  /** Transactions require low s (EIP-2), the ecrecover precompile does not. */
  readonly allowHighS?: boolean;
}

/** @throws SIGNATURE_OUT_OF_RANGE */
export function checkSignature(signature: Signature, rules: SignatureRules = {}): void {
  const { r, s, yParity } = signature;
  const inRange = r > 0n && r < SECP256K1_ORDER && s > 0n && s < SECP256K1_ORDER;
  if (!inRange || (yParity !== 0 && yParity !== 1)) {
    throw cryptoErrors.SIGNATURE_OUT_OF_RANGE({ r, s, yParity });
  }
  if (s > SECP256K1_HALF_ORDER && rules.allowHighS !== true)
    throw cryptoErrors.SIGNATURE_OUT_OF_RANGE({ reason: "s is above half of the order", s });
}

export function signatureToCompact(signature: { readonly r: bigint; readonly s: bigint }): Uint8Array {
  const compact = new Uint8Array(64);
  compact.set(bigintToBytes(signature.r, 32), 0);
  compact.set(bigintToBytes(signature.s, 32), 32);
  return compact;
}

export function compactToSignature(compact: Uint8Array, yParity: 0 | 1): Signature {
  return { r: bytesToBigint(compact.subarray(0, 32)), s: bytesToBigint(compact.subarray(32, 64)), yParity };
}
