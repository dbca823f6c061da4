import type { AtRest } from "@trellis/platform/atRest";
import type { Transaction } from "kysely";
import type { LedgerTables } from "./LedgerTables.ts";
import type { LedgerStore } from "./sealing.ts";

const ENDED = ["entered", "refused"];
const INDEX = /^~[A-Za-z0-9_-]{43}$/;

/** Replaces plaintext names with their index. Resumable. [REST-5] */
export async function indexImports(store: LedgerStore, atRest: AtRest): Promise<void> {
  const { db, schema, transaction } = store;
  const convert = async (): Promise<void> => {
    const rows = await db.selectFrom("imports").select("name").execute();
    for (const { name } of rows)
      if (!INDEX.test(name)) await transaction((tx) => indexImport(tx, store, name));
  };
  await atRest.once(`${schema}.import_chunks`, `${schema}.import_chunks.import_name`, convert);
  await atRest.once(`${schema}.imports`, `${schema}.imports.name`, convert);
}

/** Removes unfinished imports: their files must be imported again. */
async function indexImport(
  tx: Transaction<LedgerTables>,
  { ciphers }: LedgerStore,
  name: string,
): Promise<void> {
  const held = await tx.deleteFrom("imports").where("name", "=", name).returningAll().executeTakeFirst();
  if (held === undefined || !ENDED.includes(held.state)) return;
  const index = ciphers.importIndex(name);
  const bad_lines = ciphers.badLines.seal(index, ciphers.badLines.open(name, held.bad_lines));
  await tx
    .insertInto("imports")
    .values({ ...held, name: index, bad_lines })
    .execute();
}
