/** Runs without Node.js. */
export { decodeEntry, encodeEntry, type LogEntry } from "./entry.ts";
export { logErrors } from "./errors.ts";
export { leafHash } from "./hashes.ts";
export type { TreeHead } from "./head.ts";
export { ed25519Verifiers, type HeadKey, type Verifiers, type VerifySignature } from "./keys.ts";
export { type ConsistencyClaim, verifyConsistency } from "./verifyConsistency.ts";
export { type HeadTrust, type VerifiedHead, verifyHead } from "./verifyHead.ts";
export { type InclusionClaim, verifyInclusion } from "./verifyInclusion.ts";
