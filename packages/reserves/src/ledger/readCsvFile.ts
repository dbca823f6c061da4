import { isTrellisError } from "@trellis/base";
import { fileLines } from "./csvLines.ts";
import type { BadLine } from "./ImportReport.ts";
import type { EntryDraft } from "./LedgerEntry.ts";
import { LINE_SIZE_MAX, readCsvEntry, readCsvHeader } from "./readCsvEntry.ts";

/** @throws IMPORT_MALFORMED */
export async function* readCsvFile(
  source: AsyncIterable<Uint8Array>,
  badLine: (line: BadLine) => void,
): AsyncGenerator<EntryDraft> {
  const lines = fileLines(source, LINE_SIZE_MAX, { offset: 0, number: 0 });
  const header = readCsvHeader((await lines.next()).value?.text);
  for await (const line of lines) {
    if (line.text?.trim() === "") continue;
    const entry = readCsvEntry(line, header);
    if (isTrellisError(entry)) badLine({ line: line.number, code: entry.code, message: entry.message });
    else yield entry as EntryDraft;
  }
}
