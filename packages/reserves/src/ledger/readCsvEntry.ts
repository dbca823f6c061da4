import { isTrellisError, type TrellisError } from "@trellis/base";
import { csvFields, type FileLine } from "./csvLines.ts";
import { checkEntryInIsolation, parseAmount } from "./entryInIsolation.ts";
import { ledgerErrors } from "./errors.ts";
import { type EntryKindName, isEntryKind } from "./kinds.ts";
import type { EntryDraft } from "./LedgerEntry.ts";

export const LINE_SIZE_MAX = 4_096;
const COLUMNS = ["key", "customer", "asset", "kind", "amount", "reference", "time"] as const;
type Column = (typeof COLUMNS)[number];

type CsvHeader = Readonly<Record<Column, number>>;

const DIGITS = /^[0-9]{1,15}$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

export function readCsvHeader(text: string | undefined): CsvHeader {
  const names =
    csvFields((text ?? "").replace(/^\ufeff/, ""))?.map((name) => name.trim().toLowerCase()) ?? [];
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0 || names.length !== COLUMNS.length) {
    throw ledgerErrors.IMPORT_MALFORMED({
      reason: "the first line does not list the columns",
      missing: missing.join(" "),
      columns: names.length,
    });
  }
  return Object.fromEntries(COLUMNS.map((column) => [column, names.indexOf(column)])) as CsvHeader;
}

export function readCsvEntry(line: FileLine, header: CsvHeader): EntryDraft | TrellisError {
  if (line.size > LINE_SIZE_MAX)
    return ledgerErrors.IMPORT_MALFORMED({ reason: "the line exceeds the length limit", size: line.size });
  const fields = line.text === undefined ? undefined : csvFields(line.text);
  if (fields?.length !== COLUMNS.length) {
    return ledgerErrors.IMPORT_MALFORMED({
      reason: "number of fields differs from the header's",
      fields: fields?.length,
      expected: COLUMNS.length,
    });
  }
  const field = (column: Column): string => fields[header[column]]!;
  const kind = field("kind");
  if (!isEntryKind(kind))
    return ledgerErrors.ENTRY_INVALID({ reason: "no such kind of entry", kind: kind.slice(0, 48) });
  const happenedAtMs = readTime(field("time"));
  if (happenedAtMs === undefined)
    return ledgerErrors.ENTRY_INVALID({
      reason: "time outside the allowed range",
      time: field("time").slice(0, 48),
    });
  try {
    return checked(field, kind, happenedAtMs);
  } catch (error) {
    if (isTrellisError(error)) return error;
    throw error;
  }
}

function checked(
  field: (column: Column) => string,
  kind: EntryKindName,
  happenedAtMs: number,
): EntryDraft | TrellisError {
  const draft: EntryDraft = {
    key: field("key"),
    customer: field("customer"),
    asset: field("asset"),
    kind,
    amount: parseAmount(field("amount")),
    reference: field("reference"),
    happenedAtMs,
  };
  return checkEntryInIsolation(draft) ?? draft;
}

function readTime(text: string): number | undefined {
  if (DIGITS.test(text)) return Number(text);
  const timeMs = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
