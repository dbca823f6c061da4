import type { ValidatorIndex } from "./Vote.ts";

/** Lowest bit of each byte first. */
export function signersToBits(signers: Iterable<ValidatorIndex>, count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (const signer of signers) bits[signer >> 3]! |= 1 << (signer & 7);
  return bits;
}

export function bitsToSigners(bits: Uint8Array): ValidatorIndex[] {
  const signers: ValidatorIndex[] = [];
  for (let index = 0; index < bits.length * 8; index++) {
    if ((bits[index >> 3]! >> (index & 7)) & 1) signers.push(index);
  }
  return signers;
}
