export type { AuditReport, PublishedKey, PublishedKeys, ReportedAttestation } from "./AuditReport.ts";
export { createReport, type ReportParts } from "./createReport.ts";
export { reportToCsv } from "./reportToCsv.ts";
export { reportToJson } from "./reportToJson.ts";
