import { mlDsa44, mlDsa65 } from "@trellis/crypto";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";

const MESSAGE_SIZE = 32;
const GAS = 4500;
/** The draft has no price for ML-DSA-65, which takes 1.6 times as long. */
const GAS_65 = 7200;
const INPUT_65 = MESSAGE_SIZE + mlDsa65.signatureSize + mlDsa65.publicKeySize;

/**
 * EIP-8051 (draft), but with FIPS 204 keys (1,312 or 1,952 bytes). Input: message (32 bytes), signature,
 * public key. Output: 1 or 0 as a word. [EVM-5]
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
  } catch {}
  return { gasUsed, output };
};
