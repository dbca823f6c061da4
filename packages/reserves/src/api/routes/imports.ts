import { createHash } from "node:crypto";
import { uninterruptible } from "@trellis/platform/cancellation";
import { defineRoute, type Route, withIssues } from "@trellis/platform/http";
import { z } from "zod";
import type { ImportReport } from "../../ledger/index.ts";
import { apiErrors } from "../errors.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { position } from "../schemas/common.ts";
import { operators } from "./access.ts";

/** About a million lines. */
const FILE_BYTES_MAX = 67_108_864;
const IMPORT_MS_MAX = 600_000;
const EXAMPLE =
  "key,customer,asset,kind,amount,reference,time\nline-1,bob,USD,deposit,100,tx-1,1767323045000\n";

const imported = z
  .strictObject({
    position: position.meta({ description: "ledger position after the import" }),
    lineCount: z.int().meta({ description: "without the header and empty lines" }),
    enteredCount: z.int(),
    replayedCount: z.int().meta({ description: "entries that already existed" }),
  })
  .meta({ id: "Imported" });

export function importRoute({ ledger }: Pick<ReservesApiPorts, "ledger">): Route {
  return defineRoute(
    {
      id: "importEntries",
      method: "POST",
      path: "/v1/imports",
      tag: "ledger",
      summary: "Imports a CSV file, all entries or none",
      description:
        "The columns are those of LEDGER-11. The facts of IMPORT_REFUSED count all invalid lines by code; the first 1,000 are its issues. An interrupted import resumes when the file is sent again with the same idempotency key.",
      access: operators("ledger:write"),
      upload: { mediaType: "text/csv", description: "the CSV file", example: EXAMPLE },
      answer: { status: 201, description: "the imported entries", schema: imported },
      errors: ["IMPORT_REFUSED", "IMPORT_MALFORMED", "IMPORT_FILE_CHANGED", "IMPORT_BUSY"],
      idempotency: "required",
      cost: 100,
      bodyBytesMax: FILE_BYTES_MAX,
      timeMsMax: IMPORT_MS_MAX,
    },
    async ({ upload, principal, idempotencyKey = "", signal }) => {
      const report = await ledger.importCsv(importName(principal.id, idempotencyKey), upload.open, {
        signal,
      });
      if (report.status === "refused") throw refusal(report);
      const { lineCount, enteredCount, replayedCount } = report;
      const position = await uninterruptible(() => ledger.position());
      return { position, lineCount, enteredCount, replayedCount };
    },
  );
}

function importName(principalId: string, key: string): string {
  return createHash("sha256")
    .update(JSON.stringify([principalId, key]))
    .digest("hex");
}

function refusal({ lineCount, badCounts, badLines }: ImportReport): Error {
  const badCount = Object.values(badCounts).reduce((sum, count) => sum + count, 0);
  const issues = badLines.map(({ line, code, message }) => ({
    pointer: `/line/${line}`,
    reason: `${code}: ${message}`,
  }));
  return withIssues(apiErrors.IMPORT_REFUSED({ lineCount, badCount, ...badCounts }), issues);
}
