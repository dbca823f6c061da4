import { isTrellisError } from "@trellis/base";
import type { Resealed, ResealOptions } from "@trellis/platform/atRest";
import { sql } from "kysely";
import type { LedgerTables } from "./LedgerTables.ts";
import { hex, type LedgerStore, openBalance, openContent, sealBalance, sealContent } from "./sealing.ts";

const PAGE_ENTRIES = 5_000;
/** Stays below the statement timeout. */
const SCAN_ENTRIES = 100_000n;

/** In position order. @returns counts of changed and unreadable entries */
export async function resealEntries(
  { db, schema, ciphers }: LedgerStore,
  { signal, report }: ResealOptions,
): Promise<Resealed> {
  const entries = sql.table(`${schema}.entries`);
  const [content, balance] = [ciphers.contents.prefix, ciphers.balances.prefix].map((prefix) =>
    Buffer.from(prefix).toString("hex"),
  );
  const { position: head } = await db.selectFrom("head").select("position").executeTakeFirstOrThrow();
  let [count, unopenedCount] = [0, 0];
  for (let after = 0n; after < head; ) {
    signal?.throwIfAborted();
    const end = after + SCAN_ENTRIES;
    const { rows } = await sql<LedgerTables["entries"]>`
      SELECT * FROM ${entries} WHERE position > ${after} AND position <= ${end} AND (
        substring(content FROM 1 FOR 9) <> decode(${content}, 'hex')
        OR substring(sealed_balance FROM 1 FOR 9) <> decode(${balance}, 'hex'))
      ORDER BY position LIMIT ${PAGE_ENTRIES}`.execute(db);
    const fresh = rows.flatMap((row) => resealed(row, ciphers));
    unopenedCount += rows.length - fresh.length;
    const { numAffectedRows = 0n } = await sql`
      UPDATE ${entries} AS entry SET content = decode(fresh.content, 'hex'),
        sealed_balance = decode(fresh.sealed_balance, 'hex')
      FROM unnest(${fresh.map(({ position }) => position)}::bigint[], ${fresh.map((row) => row.held)}::text[],
        ${fresh.map((row) => row.content)}::text[], ${fresh.map((row) => row.balance)}::text[]
      ) AS fresh(position, held, content, sealed_balance)
      WHERE entry.position = fresh.position AND entry.content = decode(fresh.held, 'hex')`.execute(db);
    count += Number(numAffectedRows);
    report?.(count);
    after = rows.length < PAGE_ENTRIES ? end : rows.at(-1)!.position;
  }
  return { count, unopenedCount };
}

function resealed(row: LedgerTables["entries"], ciphers: LedgerStore["ciphers"]) {
  try {
    const balance = sealBalance(ciphers, row, openBalance(ciphers, row, row.sealed_balance));
    const content = sealContent(ciphers, row, openContent(ciphers, row, row.content));
    return [{ position: row.position, held: hex(row.content), content: hex(content), balance: hex(balance) }];
  } catch (error) {
    if (isTrellisError(error)) return [];
    throw error;
  }
}
