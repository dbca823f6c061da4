export type { AuditReport, ReportedAttestation } from "./AuditReport.ts";
export { createReport, type ReportPorts } from "./createReport.ts";
export { reportToCsv } from "./reportToCsv.ts";
export { reportToJson } from "./reportToJson.ts";
