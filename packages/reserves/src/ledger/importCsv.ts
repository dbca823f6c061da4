import type { Clock } from "@trellis/base";
import { uninterruptible } from "@trellis/platform/cancellation";
import { enterImport } from "./enterImport.ts";
import { checkText } from "./entryInIsolation.ts";
import { ledgerErrors } from "./errors.ts";
import type { ImportOptions, ImportReport, ImportSource } from "./ImportReport.ts";
import { badLinesOf, findImport, type ImportRow, readImport } from "./readImport.ts";
import type { LedgerStore } from "./sealing.ts";

/** Stages chunks with the file offset, then enters all lines in one transaction. */
export async function importCsv(
  tables: LedgerStore,
  name: string,
  source: ImportSource,
  clock: Clock,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const problem = checkText("import", name);
  if (problem !== undefined) throw problem;
  const place = tables.ciphers.importIndex(name);
  await readImport(tables, place, source, clock, options);
  await enterImport(tables, place, clock.nowMs(), options);
  // Uninterruptible, because the import is already committed.
  const row = await uninterruptible(() => findImport(tables.db, place));
  if (row === undefined) throw ledgerErrors.IMPORT_BUSY();
  return { name, ...reportOf(row, tables) };
}

function reportOf(row: ImportRow, { ciphers }: LedgerStore): Omit<ImportReport, "name"> {
  const bad = badLinesOf(row, ciphers);
  return {
    status: row.state === "entered" ? "entered" : "refused",
    lineCount: Number(row.line_count),
    enteredCount: Number(row.entered_count),
    replayedCount: Number(row.replayed_count),
    badCounts: bad.counts,
    badLines: bad.first,
  };
}
