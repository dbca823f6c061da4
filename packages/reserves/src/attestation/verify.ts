/** Runs without Node.js. */
export { type Attestation, coverageRatioOf, NOT_PROVED, PROVED } from "./Attestation.ts";
export { attestationErrors } from "./errors.ts";
export { hashPriceSet, type PriceSet } from "./hashPriceSet.ts";
export {
  type AttestationTrust,
  type AttestationVerdict,
  type AttestedRecord,
  verifyAttestation,
} from "./verifyAttestation.ts";
