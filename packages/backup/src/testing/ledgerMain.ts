import { silentLog, silentMetrics } from "@trellis/base";
import { openDatabase } from "@trellis/platform/db";
import { PORTS } from "./ports.ts";

// `ledgerMain.ts DIRECTORY` inserts into a PGlite database until it is killed, and reports each commit.

const database = openDatabase(
  { url: `pglite:${process.argv[2]}` },
  { ...PORTS, log: silentLog, metrics: silentMetrics },
);
await database.script("CREATE TABLE IF NOT EXISTS entries (id bigserial PRIMARY KEY, filler text NOT NULL)");
for (;;) {
  const { rows } = await database.query(
    "INSERT INTO entries (filler) SELECT repeat(md5(random()::text), 200) RETURNING id",
  );
  process.send!({ id: Number(rows[0]!.id), timeMs: Date.now() });
  await new Promise((resolve) => setTimeout(resolve, 2));
}
