export { lightErrors } from "./errors.ts";
export type {
  Certificate,
  CertifiedHeader,
  FinalityProof,
  LightRules,
  TrustedFinality,
  VoterChange,
  Voters,
} from "./FinalityProof.ts";
export { followFinality } from "./followFinality.ts";
export { trustPeriodMs } from "./trustPeriod.ts";
export { verifyChange, verifyCheckpoint } from "./verifyCheckpoint.ts";
