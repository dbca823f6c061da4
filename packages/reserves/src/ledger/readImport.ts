import { type Clock, isTrellisError, type TrellisError } from "@trellis/base";
import type { Selectable, Transaction } from "kysely";
import { type FileLine, fileLines } from "./csvLines.ts";
import { ledgerErrors } from "./errors.ts";
import { BadLines, type ImportOptions, type ImportSource } from "./ImportReport.ts";
import type { EntryDraft } from "./LedgerEntry.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { PrefixHash } from "./PrefixHash.ts";
import { LINE_SIZE_MAX, readCsvEntry, readCsvHeader } from "./readCsvEntry.ts";
import type { LedgerStore } from "./sealing.ts";
import { type StagedLine, sealLines } from "./stagedLines.ts";

const CHUNK_LINES = 10_000;

type Tables = LedgerStore;
export type ImportRow = Selectable<LedgerTables["imports"]>;

/** Verifies the staged part's digest and stages the rest. @param name index of the import's name */
export async function readImport(
  tables: Tables,
  name: string,
  source: ImportSource,
  clock: Clock,
  options: ImportOptions,
): Promise<void> {
  const row = (await resumeImport(tables, name, clock)) ?? (await beginImport(tables, name, source, clock));
  const hash = new PrefixHash();
  const chunks = await skipRead(row, hash.watch(source()), hash);
  if (row.state !== "reading") {
    for await (const more of chunks) {
      if (more.length > 0) throw ledgerErrors.IMPORT_FILE_CHANGED({ sizeRead: Number(row.byte_offset) });
    }
    return;
  }

  const header = readCsvHeader(row.header);
  const assets = new Set(
    (await tables.db.selectFrom("assets").select("symbol").execute()).map(({ symbol }) => symbol),
  );
  const bad = badLinesOf(row, tables.ciphers, options);
  let place = { offset: Number(row.byte_offset), lineCount: Number(row.line_count) };
  let kept = place.offset;
  let drafts: StagedLine[] = [];
  const keep = async (state: "reading" | "read" | "refused"): Promise<void> => {
    const digest = hash.digestAt(place.offset);
    const timeMs = clock.nowMs();
    await keepChunk(tables, name, { ...place, from: kept, digest, bad, state, timeMs }, drafts);
    kept = place.offset;
    options.report?.({ phase: "read", lines: place.lineCount, total: undefined });
    drafts = [];
  };
  for await (const line of fileLines(chunks, LINE_SIZE_MAX, {
    offset: place.offset,
    number: place.lineCount + 1,
  })) {
    options.signal?.throwIfAborted();
    const entry = line.text === "" ? undefined : readLine(line, header, assets);
    if (isTrellisError(entry)) bad.add(line.number, entry);
    else if (entry !== undefined) drafts.push({ ...entry, line: line.number });
    place = { offset: line.endOffset, lineCount: line.number - 1 };
    if (place.lineCount % CHUNK_LINES === 0) await keep("reading");
  }
  await keep(bad.isEmpty ? "read" : "refused");
}

/** Renews the import's time, so that retention keeps it. */
async function resumeImport({ db }: Tables, name: string, clock: Clock): Promise<ImportRow | undefined> {
  return db
    .updateTable("imports")
    .set({ changed_at_ms: BigInt(clock.nowMs()) })
    .where("name", "=", name)
    .returningAll()
    .executeTakeFirst();
}

export async function findImport(db: Tables["db"], name: string): Promise<ImportRow | undefined> {
  return db.selectFrom("imports").selectAll().where("name", "=", name).executeTakeFirst();
}

export function badLinesOf(
  { name, bad_counts, bad_lines }: Pick<ImportRow, "name" | "bad_counts" | "bad_lines">,
  { badLines }: Pick<Tables["ciphers"], "badLines">,
  options: ImportOptions = {},
): BadLines {
  return new BadLines(JSON.parse(bad_counts), JSON.parse(badLines.open(name, bad_lines)), options.badLine);
}

function readLine(
  line: FileLine,
  header: ReturnType<typeof readCsvHeader>,
  assets: ReadonlySet<string>,
): EntryDraft | TrellisError {
  const entry = readCsvEntry(line, header);
  if (isTrellisError(entry) || assets.has(entry.asset)) return entry;
  return ledgerErrors.LEDGER_UNKNOWN({ reason: "no such asset", asset: entry.asset.slice(0, 64) });
}

async function beginImport(
  { db, ciphers }: Tables,
  name: string,
  source: ImportSource,
  clock: Clock,
): Promise<ImportRow> {
  const hash = new PrefixHash();
  const lines = fileLines(hash.watch(source()), LINE_SIZE_MAX, { offset: 0, number: 0 });
  const { value: header, done } = await lines.next();
  await lines.return(undefined);
  readCsvHeader(done === true ? undefined : header.text);
  const first = done === true ? undefined : header;
  await db
    .insertInto("imports")
    .values({
      name,
      state: "reading",
      header: first?.text ?? "",
      byte_offset: BigInt(first?.endOffset ?? 0),
      line_count: 0n,
      digest: Buffer.from(hash.digestAt(first?.endOffset ?? 0)),
      bad_lines: ciphers.badLines.seal(name, "[]"),
      bad_counts: "{}",
      entered_count: 0n,
      replayed_count: 0n,
      changed_at_ms: BigInt(clock.nowMs()),
    })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  return (await findImport(db, name))!;
}

async function skipRead(
  row: ImportRow,
  chunks: AsyncGenerator<Uint8Array>,
  hash: PrefixHash,
): Promise<AsyncIterable<Uint8Array>> {
  const offset = Number(row.byte_offset);
  let size = 0;
  let rest = new Uint8Array(0);
  while (size < offset) {
    const { value, done } = await chunks.next();
    if (done === true) throw ledgerErrors.IMPORT_FILE_CHANGED({ size, sizeRead: offset });
    size += value.length;
    rest = new Uint8Array(value.subarray(Math.max(0, value.length - (size - offset))));
  }
  if (!Buffer.from(hash.digestAt(offset)).equals(row.digest)) {
    throw ledgerErrors.IMPORT_FILE_CHANGED({ sizeRead: offset });
  }
  const tail = size > offset ? rest : new Uint8Array(0);
  return (async function* () {
    if (tail.length > 0) yield tail;
    yield* chunks;
  })();
}

interface ImportPlace {
  readonly from: number;
  readonly offset: number;
  readonly lineCount: number;
  readonly digest: Uint8Array;
  readonly bad: BadLines;
  readonly state: "reading" | "read" | "refused";
  readonly timeMs: number;
}

/** @throws IMPORT_BUSY if another process has continued the import */
async function keepChunk(
  { transaction, ciphers }: Tables,
  name: string,
  place: ImportPlace,
  drafts: readonly StagedLine[],
): Promise<void> {
  await transaction(async (tx) => {
    const row = await tx
      .selectFrom("imports")
      .selectAll()
      .where("name", "=", name)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined || row.state !== "reading" || Number(row.byte_offset) !== place.from) {
      throw ledgerErrors.IMPORT_BUSY();
    }
    await keepLines(tx, ciphers, name, drafts);
    await tx
      .updateTable("imports")
      .set({
        state: place.state,
        byte_offset: BigInt(place.offset),
        line_count: BigInt(place.lineCount),
        digest: Buffer.from(place.digest),
        bad_lines: ciphers.badLines.seal(name, JSON.stringify(place.bad.first)),
        bad_counts: JSON.stringify(place.bad.counts),
        changed_at_ms: BigInt(place.timeMs),
      })
      .where("name", "=", name)
      .execute();
    if (place.state === "refused")
      await tx.deleteFrom("import_chunks").where("import_name", "=", name).execute();
  });
}

async function keepLines(
  tx: Transaction<LedgerTables>,
  ciphers: Tables["ciphers"],
  name: string,
  drafts: readonly StagedLine[],
): Promise<void> {
  const last = drafts.at(-1);
  if (last === undefined) return;
  await tx
    .insertInto("import_chunks")
    .values({ import_name: name, last_line: BigInt(last.line), sealed: sealLines(ciphers, name, drafts) })
    .execute();
}
