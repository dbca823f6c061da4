import type { ValidatorIndex } from "./Vote.ts";

/** Bit i of byte j stands for validator 8 j + i. */
export function signersToBits(signers: Iterable<ValidatorIndex>, count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (const signer of signers) bits[signer >> 3]! |= 1 << (signer & 7);
  return bits;
}

/** Returns ascending indices. */
export function bitsToSigners(bits: Uint8Array): ValidatorIndex[] {
  const signers: ValidatorIndex[] = [];
  for (let index = 0; index < bits.length * 8; index++) {
    if ((bits[index >> 3]! >> (index & 7)) & 1) signers.push(index);
  }
  return signers;
}
