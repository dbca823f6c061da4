import { isTrellisError } from "@trellis/base";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { ColumnCipher } from "./ColumnCipher.ts";
import { MARK, textCipher } from "./TextCipher.ts";

// biome-ignore lint/suspicious/noExplicitAny: kysely's tables are invariant
type Db = Kysely<any>;

export interface SealedColumn {
  /** Includes the schema. */
  readonly table: string;
  readonly column: string;
  /** SQL expression of the cipher's row text. */
  readonly row: string;
  readonly form: "text" | "bytes";
  readonly pageRows?: number;
}

export interface ResealOptions {
  readonly signal?: AbortSignal;
  readonly report?: (count: number) => void;
}

export interface Resealed {
  readonly count: number;
  /** Values that are damaged, or that no key decrypts. */
  readonly unopenedCount: number;
}

interface Page {
  readonly place: string;
  readonly row: string;
  readonly stored: string;
}

const PAGE_ROWS = 500;
const FIRST = "(0,0)";

/** Encrypts plain values and values under older keys. Skips values that change concurrently. [REST-4] */
export async function resealColumn(
  db: Db,
  column: SealedColumn,
  cipher: ColumnCipher,
  { signal, report }: ResealOptions = {},
): Promise<Resealed> {
  let count = 0;
  for (;;) {
    const pass = { count: 0, unopenedCount: 0 };
    for (let after = FIRST; ; ) {
      signal?.throwIfAborted();
      const page = await nextPage(db, column, cipher, after);
      const last = page.at(-1);
      if (last === undefined) break;
      const again = page.flatMap((one) => resealed(one, column, cipher));
      pass.unopenedCount += page.length - again.length;
      pass.count += await store(db, column, again);
      report?.(count + pass.count);
      after = last.place;
    }
    count += pass.count;
    // Repeats the pass, because updated rows may have moved to an earlier page.
    if (pass.count === 0) return { count, unopenedCount: pass.unopenedCount };
  }
}

async function nextPage(
  db: Db,
  { table, column, row, form, pageRows = PAGE_ROWS }: SealedColumn,
  { prefix }: ColumnCipher,
  after: string,
): Promise<readonly Page[]> {
  const value = sql.raw(`"${column}"`);
  const mark = markOf(prefix);
  const [stored, isOld] =
    form === "text"
      ? [value, sql`left(${value}, ${mark.length}::integer) <> ${mark}`]
      : [
          sql`encode(${value}, 'hex')`,
          sql`substring(${value} FROM 1 FOR ${prefix.length}::integer)
            <> decode(${Buffer.from(prefix).toString("hex")}, 'hex')`,
        ];
  const { rows } = await sql<Page>`
    SELECT ctid::text AS place, ${sql.raw(row)} AS row, ${stored} AS stored FROM ${sql.table(table)}
    WHERE ctid > ${after}::tid AND ${value} IS NOT NULL AND ${isOld}
    ORDER BY ctid LIMIT ${pageRows}`.execute(db);
  return rows;
}

function markOf(prefix: Uint8Array): string {
  return `${MARK}${Buffer.from(prefix).toString("base64")}`;
}

function resealed(
  page: Page,
  { form }: SealedColumn,
  cipher: ColumnCipher,
): (Page & { readonly again: string })[] {
  try {
    return [{ ...page, again: form === "text" ? textAgain(page, cipher) : bytesAgain(page, cipher) }];
  } catch (error) {
    if (isTrellisError(error)) return [];
    throw error;
  }
}

function textAgain({ row, stored }: Page, cipher: ColumnCipher): string {
  const text = textCipher(cipher);
  return text.seal(row, stored.startsWith(MARK) ? text.open(row, stored) : stored);
}

function bytesAgain({ row, stored }: Page, cipher: ColumnCipher): string {
  return cipher.seal(row, cipher.open(row, Buffer.from(stored, "hex"))).toString("hex");
}

async function store(
  db: Db,
  { table, column, form }: SealedColumn,
  pages: readonly (Page & { readonly again: string })[],
): Promise<number> {
  if (pages.length === 0) return 0;
  const value = (name: string) => sql.raw(form === "text" ? name : `decode(${name}, 'hex')`);
  const { numAffectedRows = 0n } = await sql`
    UPDATE ${sql.table(table)} AS held SET ${sql.raw(`"${column}"`)} = ${value("fresh.again")}
    FROM unnest(${pages.map(({ place }) => place)}::text[], ${pages.map(({ stored }) => stored)}::text[],
      ${pages.map(({ again }) => again)}::text[]) AS fresh(place, stored, again)
    WHERE held.ctid = fresh.place::tid AND held.${sql.raw(`"${column}"`)} = ${value("fresh.stored")}`.execute(
    db,
  );
  return Number(numAffectedRows);
}
