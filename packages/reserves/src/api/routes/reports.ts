import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import { createExport, type ExportPorts } from "../../exports/index.ts";
import { createReport, type ReportPorts, reportToCsv, reportToJson } from "../../reports/index.ts";
import { snapshotNumber } from "../schemas/snapshot.ts";
import { staff } from "./access.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const CSV_TYPE = "text/csv; charset=utf-8";
const PDF_TYPE = "application/pdf";
const EXPORT_CODES = [
  ...["SNAPSHOT_UNKNOWN", "SNAPSHOT_UNSIGNED", "SNAPSHOT_TREE_REMOVED"],
  ...["CUSTOMER_UNKNOWN", "LEDGER_UNKNOWN", "LEDGER_CUSTOMER_ERASED"],
];
/** Suffices for a million customers (measured). */
const EXPORT_MS_MAX = 3_600_000;

export function reportRoutes(ports: ReportPorts & ExportPorts): readonly Route[] {
  return [
    exportRoute(ports),
    defineRoute(
      {
        id: "getReport",
        method: "GET",
        path: "/v1/snapshots/{snapshot}/report",
        tag: "snapshots",
        summary: "Returns the report of a snapshot for auditors, as JSON, CSV or PDF",
        description:
          "The report contains the signed record and where it is published, the newest attestation with what it proves and does not prove, and open incidents. The Accept header selects the format.",
        access: staff("reports:read"),
        params: z.strictObject({ snapshot: snapshotNumber }),
        answer: {
          status: 200,
          description: "the report",
          mediaType: JSON_TYPE,
          otherTypes: [CSV_TYPE, PDF_TYPE],
        },
        errors: ["SNAPSHOT_UNKNOWN", "SNAPSHOT_UNSIGNED"],
        cost: 10,
      },
      async ({ params: { snapshot }, mediaType }) => {
        const report = await createReport(snapshot, ports);
        if (mediaType === CSV_TYPE) return reportToCsv(report);
        if (mediaType !== PDF_TYPE) return reportToJson(report);
        // Loaded on demand, because PDFs are rarely requested.
        const { reportToPdf } = await import("../../reports/reportToPdf.ts");
        return reportToPdf(report);
      },
    ),
  ];
}

function exportRoute(ports: ExportPorts): Route {
  return defineRoute(
    {
      id: "getExport",
      method: "GET",
      path: "/v1/snapshots/{snapshot}/export",
      tag: "snapshots",
      summary: "Exports a snapshot for offline verification by auditors and regulators",
      description:
        "JSON lines (EXP-1): the record, its inclusion in the log, the attestation with its evidence, and all balances with proofs, except those of erased customers. A customer receives their own balance only.",
      access: {
        kind: "protected",
        roles: ["admin", "auditor", "customer"],
        scope: "exports:read",
        rows: "filtered",
      },
      params: z.strictObject({ snapshot: snapshotNumber }),
      answer: { status: 200, description: "the JSON lines", mediaType: "application/jsonl; charset=utf-8" },
      errors: EXPORT_CODES,
      cost: 100,
      timeMsMax: EXPORT_MS_MAX,
    },
    ({ params: { snapshot }, rows }) => createExport(snapshot, rows.filter(undefined), ports),
  );
}
