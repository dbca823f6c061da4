export type { BuildOptions, SnapshotDependencies, SnapshotProgress } from "./buildSnapshot.ts";
export { snapshotsErrors } from "./errors.ts";
export {
  type BeginOptions,
  openSnapshots,
  type Snapshots,
  type SnapshotsOptions,
  type SnapshotView,
} from "./openSnapshots.ts";
export { decodeRecord, encodeRecord, type SignedRecord, type SnapshotRecord } from "./SnapshotRecord.ts";
export {
  type CustodianSigner,
  createCustodianSigner,
  hashRecord,
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
