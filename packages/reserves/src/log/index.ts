export { byAnyKey } from "./byAnyKey.ts";
export { createTransparencyLog, type TransparencyLog } from "./createTransparencyLog.ts";
export {
  createWitness,
  type SeenHead,
  type Witness,
  type WitnessMemory,
  type WitnessOptions,
} from "./createWitness.ts";
export {
  decodeEntry,
  ENTRY_SIZE_MAX,
  ENTRY_TYPES,
  type EntryType,
  encodeEntry,
  type LogEntry,
} from "./entry.ts";
export { logErrors } from "./errors.ts";
export { EMPTY_ROOT, HASH_SIZE, leafHash, nodeHash } from "./hashes.ts";
export { headToText, type TreeHead, textToHead } from "./head.ts";
export {
  ed25519Verifiers,
  type HeadAlgorithm,
  type HeadKey,
  headKeyId,
  type Verifiers,
  type VerifySignature,
} from "./keys.ts";
export type { LogBatch, LogStore, TileWrite } from "./LogStore.ts";
export { formatNote, type Note, type NoteSignature, parseNote } from "./note.ts";
export type { PublishedKey, PublishedKeys, PublishedKeyWithOthers } from "./PublishedKeys.ts";
export { type HeadPublisher, publishHead } from "./publishHead.ts";
export { requireContinued, requireContinuing } from "./requireContinued.ts";
export type { SignedHead, SignedHeads } from "./SignedHead.ts";
export { allVerifiers, createHeadSigner, type HeadSigner } from "./signers.ts";
export { signHead } from "./signHead.ts";
export type { Subtree } from "./subtree.ts";
export {
  type ConsistencyClaim,
  type SubtreeConsistencyClaim,
  verifyConsistency,
  verifySubtreeConsistency,
} from "./verifyConsistency.ts";
export { type HeadTrust, type VerifiedHead, verifyHead } from "./verifyHead.ts";
export {
  type InclusionClaim,
  type SubtreeInclusionClaim,
  verifyInclusion,
  verifySubtreeInclusion,
} from "./verifyInclusion.ts";
