import type { AuditReport } from "./AuditReport.ts";

export function reportToJson(report: AuditReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
