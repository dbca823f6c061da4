import type { Transaction } from "kysely";
import { enterBatch } from "./enterBatch.ts";
import { ledgerErrors } from "./errors.ts";
import type { BadLines, ImportOptions } from "./ImportReport.ts";
import { ENTRY_KINDS } from "./kinds.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { BATCH_ENTRIES_MAX } from "./limits.ts";
import { makeRoom } from "./partitions.ts";
import { lockHead } from "./readForEntry.ts";
import { badLinesOf, type ImportRow } from "./readImport.ts";
import type { LedgerStore } from "./sealing.ts";
import { type StagedLine, stagedLines } from "./stagedLines.ts";

type Tables = LedgerStore;
type Line = StagedLine;

class Refused {
  readonly bad: BadLines;
  constructor(bad: BadLines) {
    this.bad = bad;
  }
}

export async function enterImport(
  tables: Tables,
  name: string,
  recordedAtMs: number,
  options: ImportOptions,
): Promise<void> {
  try {
    await makeRoomFor(tables, name);
    await tables.transaction(async (tx) => {
      const row = await tx
        .selectFrom("imports")
        .selectAll()
        .where("name", "=", name)
        .forUpdate()
        .executeTakeFirst();
      if (row?.state !== "read") return;
      await enterLines(tx, tables, row, recordedAtMs, options);
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await refuse(tables, name, error.bad);
  }
}

/** Separate transaction: creating a partition blocks writers of customers and assets. */
async function makeRoomFor({ schema, transaction }: Tables, name: string): Promise<void> {
  await transaction(async (tx) => {
    const row = await tx
      .selectFrom("imports")
      .select(["state", "line_count"])
      .where("name", "=", name)
      .executeTakeFirst();
    if (row?.state !== "read") return;
    await makeRoom(tx, schema, (await lockHead(tx, schema)) + row.line_count);
  });
}

async function enterLines(
  tx: Transaction<LedgerTables>,
  store: Tables,
  row: ImportRow,
  recordedAtMs: number,
  options: ImportOptions,
): Promise<void> {
  const bad = badLinesOf(row, store.ciphers, options);
  const began = await lockHead(tx, store.schema);
  let after = 0;
  let cut: Line | undefined;
  let enteredCount = 0;
  let replayedCount = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const read = await nextLines(tx, store, row.name, after);
    const last = read.at(-1);
    if (last === undefined) break;
    const { lines, tooMany } = apart(read, cut);
    for (const { line, reference } of tooMany) {
      bad.add(
        line,
        ledgerErrors.ENTRY_INVALID({
          reason: "too many lines for one batch",
          reference,
          linesMax: BATCH_ENTRIES_MAX,
        }),
      );
    }
    cut = tooMany.at(-1) === last ? last : undefined;
    const batch = await enterBatch(tx, store, lines, recordedAtMs, began);
    for (const { index, error } of batch.problems) bad.add(lines[index]!.line, error);
    enteredCount += batch.enteredCount;
    replayedCount += batch.replayedCount;
    after = last.line;
    options.report?.({ phase: "enter", lines: after, total: Number(row.line_count) });
  }
  if (!bad.isEmpty) throw new Refused(bad);
  const counts = { entered_count: BigInt(enteredCount), replayed_count: BigInt(replayedCount) };
  await tx
    .updateTable("imports")
    .set({ state: "entered", ...counts })
    .where("name", "=", row.name)
    .execute();
  await tx.deleteFrom("import_chunks").where("import_name", "=", row.name).execute();
}

async function nextLines(
  tx: Transaction<LedgerTables>,
  { ciphers }: Tables,
  name: string,
  after: number,
): Promise<Line[]> {
  const select = (from: number) => stagedLines(tx, ciphers, { name, after: from, limit: BATCH_ENTRIES_MAX });
  const lines = await select(after);
  const last = lines.at(-1);
  const isCut = last !== undefined && lines.length === BATCH_ENTRIES_MAX && linesOf(last.kind) !== undefined;
  if (!isCut) return lines;
  const following = await select(last.line);
  const end = following.findIndex((line) => !areTogether(line, last));
  return [...lines, ...following.slice(0, end < 0 ? following.length : end)];
}

function apart(read: readonly Line[], cut: Line | undefined) {
  const others = read.findIndex((line) => cut === undefined || !areTogether(line, cut));
  const begin = others < 0 ? read.length : others;
  const last = read.at(-1)!;
  const lastBegin = Math.max(begin, read.findLastIndex((line) => !areTogether(line, last)) + 1);
  const end = read.length - lastBegin > BATCH_ENTRIES_MAX ? lastBegin : read.length;
  return { lines: read.slice(begin, end), tooMany: [...read.slice(0, begin), ...read.slice(end)] };
}

function areTogether(line: Line, other: Line): boolean {
  const lines = linesOf(line.kind);
  return lines !== undefined && lines === linesOf(other.kind) && line.reference === other.reference;
}

function linesOf(kind: Line["kind"]): string | undefined {
  return ENTRY_KINDS[kind].lines;
}

async function refuse({ transaction, ciphers }: Tables, name: string, bad: BadLines): Promise<void> {
  await transaction(async (tx) => {
    await tx
      .updateTable("imports")
      .set({
        state: "refused",
        bad_counts: JSON.stringify(bad.counts),
        bad_lines: ciphers.badLines.seal(name, JSON.stringify(bad.first)),
      })
      .where("name", "=", name)
      .where("state", "=", "read")
      .execute();
    await tx.deleteFrom("import_chunks").where("import_name", "=", name).execute();
  });
}
