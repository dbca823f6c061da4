import type { AuditReport } from "./AuditReport.ts";

/** The report as it is, to be read by people and programs. */
export function reportToJson(report: AuditReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
