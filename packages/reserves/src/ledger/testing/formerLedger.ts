import type { Database } from "@trellis/platform/db";
import type { LedgerTables } from "../LedgerTables.ts";
import { LEDGER_STEPS } from "../schema.ts";

/** Writes unencrypted entries: customer n deposits 737,373 + n base units of BTC. */
export async function formerLedger(database: Database, schema: string, customers: number): Promise<void> {
  const tables = await database.openSchema<LedgerTables>(schema, LEDGER_STEPS.slice(0, -2));
  await tables.transaction(async (tx) => {
    await tx
      .insertInto("assets")
      .columns(["symbol", "decimals"])
      .values({ symbol: "BTC", decimals: 8 } as never)
      .execute();
  });
  await database.script(`
    INSERT INTO ${schema}.customers (reference, sealed_key, added_at_ms)
      SELECT 'canary ' || n, '\\x01', 1 FROM generate_series(1, ${customers}) AS n;
    INSERT INTO ${schema}.entries (position, customer_id, asset_id, sequence, kind, amount, balance, key, reference,
      happened_at_ms, recorded_at_ms, is_debt)
      SELECT n, n, 1, 1, 'deposit', 737373 + n, 737373 + n, 'canary key ' || n, 'canary reference', 1, 1, false
      FROM generate_series(1, ${customers}) AS n`);
}
