export type { BeginOptions } from "./beginSnapshot.ts";
export type { BuildOptions, SnapshotProgress, SnapshotStorePorts } from "./buildSnapshot.ts";
export {
  createProofFiles,
  PROOF_KEYS,
  type ProofFiles,
  type ProofFilesPorts,
} from "./createProofFiles.ts";
export { snapshotsErrors } from "./errors.ts";
export {
  openSnapshots,
  type Snapshots,
  type SnapshotsOptions,
  type SnapshotView,
} from "./openSnapshots.ts";
export { type BuildableScheme, requireBuildable, SCHEME_NAMES } from "./requireBuildable.ts";
export {
  type AssetAmount,
  decodeRecord,
  encodeRecord,
  type SignedRecord,
  type SnapshotRecord,
} from "./SnapshotRecord.ts";
export {
  type CustodianSigner,
  createCustodianSigner,
  hashRecord,
  isExportSignedBy,
  recordMessage,
  verifyRecord,
} from "./signing.ts";
export {
  type ExpectedBalances,
  type SignedStatement,
  type StatementDocument,
  type StatementLine,
  verifyStatement,
} from "./signStatement.ts";
export { SNAPSHOT_JOB, type SnapshotJobData, snapshotJob } from "./snapshotJob.ts";
