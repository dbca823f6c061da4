export type { AuditEntry, AuditEvent, AuditHead, AuditStore } from "./AuditEntry.ts";
export {
  type AuditLog,
  type AuditLogPorts,
  type AuditVerification,
  type BrokenLink,
  createAuditLog,
  verifyAuditLog,
} from "./createAuditLog.ts";
export { entryHash, GENESIS_HASH } from "./entryHash.ts";
export { auditErrors } from "./errors.ts";
export { openAuditStore } from "./openAuditStore.ts";
export { recordChanges } from "./recordChanges.ts";
export { type AuditFile, openAuditFile } from "./systemAuditFile.ts";
