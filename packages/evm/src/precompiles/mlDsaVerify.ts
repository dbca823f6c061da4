import { mlDsa44, mlDsa65 } from "@trellis/crypto";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";

const MESSAGE_SIZE = 32;
const GAS = 4500;
/** The draft has no ML-DSA-65, which takes 1.6 times as long. */
const GAS_65 = 7200;
const INPUT_65 = MESSAGE_SIZE + mlDsa65.signatureSize + mlDsa65.publicKeySize;

/**
 * 0x12: ML-DSA verification at the address and the price of EIP-8051 (draft): 32 bytes of message, then the
 * signature, then the public key; 1 or 0 as a word. The key is FIPS 204's encoding (1,312 bytes for ML-DSA-44,
 * 1,952 for ML-DSA-65; the length of the input tells which), not the draft's expanded one, whose 32-byte `tr`
 * does not verify what FIPS 204 signs. [EVM-5]
 */
export const mlDsaVerify: Precompile = (input, gas) => {
  const gasUsed = input.length === INPUT_65 ? GAS_65 : GAS;
  if (gas < gasUsed) return { gasUsed, output: NO_OUTPUT };
  const scheme = [mlDsa44, mlDsa65].find(
    ({ signatureSize, publicKeySize }) => input.length === MESSAGE_SIZE + signatureSize + publicKeySize,
  );
  const output = new Uint8Array(32);
  if (scheme === undefined) return { gasUsed, output };
  const keyAt = MESSAGE_SIZE + scheme.signatureSize;
  const [message, signature, key] = [
    input.slice(0, MESSAGE_SIZE),
    input.slice(MESSAGE_SIZE, keyAt),
    input.slice(keyAt),
  ] as [Uint8Array, Uint8Array, Uint8Array];
  try {
    output[31] = scheme.verify(message, signature, key) ? 1 : 0;
  } catch {
    // A key that is none verifies nothing.
  }
  return { gasUsed, output };
};
