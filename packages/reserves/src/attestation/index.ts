export {
  type AssetPrice,
  type Attestation,
  type AttestedHolding,
  type AttestedReading,
  attestationSchema,
  coverageRatioOf,
  NOT_PROVED,
  type NotProvedStatement,
  PROVED,
  type ProvedStatement,
  signedAttestationSchema,
} from "./Attestation.ts";
export type { Attestations, AttestationView } from "./Attestations.ts";
export { attestationMessage } from "./attestationMessage.ts";
export { type AttestationInput, createAttestation } from "./createAttestation.ts";
export { attestationErrors } from "./errors.ts";
export { hashPriceSet, type PriceSet } from "./hashPriceSet.ts";
export { newestAttestation } from "./newestAttestation.ts";
export { signAttestation } from "./signAttestation.ts";
export {
  type AttestationTrust,
  type AttestationVerdict,
  type AttestedRecord,
  verifyAttestation,
} from "./verifyAttestation.ts";
export { verifyEvidence } from "./verifyEvidence.ts";
