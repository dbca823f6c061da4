import type { SchemaDatabase } from "@trellis/platform/db";
import { sql } from "kysely";
import { LINES_OF_KIND, SIGNED_AMOUNT } from "./debtSchema.ts";
import type { LedgerTables } from "./LedgerTables.ts";

export interface LedgerFinding {
  readonly rule: string;
  readonly count: bigint;
}

export interface LedgerAudit {
  readonly position: bigint;
  readonly findings: readonly LedgerFinding[];
}

export async function auditLedger({
  transaction,
  schema,
}: SchemaDatabase<LedgerTables>): Promise<LedgerAudit> {
  return transaction(
    async (moment) => {
      const table = (name: string) => sql.table(`${schema}.${name}`);
      const count = async (rule: string, query: ReturnType<typeof sql>): Promise<LedgerFinding> => {
        const { rows } = await sql<{ count: bigint }>`SELECT count(*) FROM (${query}) AS wrong`.execute(
          moment,
        );
        return { rule, count: rows[0]!.count };
      };
      const { position } = await moment.selectFrom("head").select("position").executeTakeFirstOrThrow();
      const entries = table("entries");
      const lines = sql.raw(LINES_OF_KIND);
      const findings = [
        await count(
          "ledger_position_gap",
          sql`SELECT FROM (SELECT count(*) AS n, coalesce(max(position), 0) AS last, coalesce(min(position), 1) AS first
            FROM ${entries}) AS all_entries WHERE n <> last OR first <> 1 OR last <> ${position}::bigint`,
        ),
        await count(
          "ledger_key_once",
          sql`SELECT FROM ${entries} AS entry FULL JOIN ${table("entry_keys")} AS held USING (key)
            WHERE entry.position IS DISTINCT FROM held.position`,
        ),
        await count(
          "ledger_running_balance",
          sql`SELECT FROM (
            SELECT sequence, balance, row_number() OVER account AS n, sum(amount) OVER account AS sum FROM ${entries}
            WINDOW account AS (PARTITION BY customer_id, asset_id, is_debt ORDER BY position)
          ) AS line WHERE sequence <> n OR balance <> sum OR balance < 0`,
        ),
        await count(
          "ledger_account_state",
          sql`SELECT FROM (
            SELECT customer_id, asset_id, is_debt, sum(amount) AS balance, count(*) AS sequence,
              max(position) AS last_position
            FROM ${entries} GROUP BY customer_id, asset_id, is_debt
          ) AS computed FULL JOIN ${table("accounts")} AS known USING (customer_id, asset_id, is_debt)
          WHERE (computed.balance, computed.sequence, computed.last_position)
            IS DISTINCT FROM (known.balance, known.sequence, known.last_position)`,
        ),
        await count(
          "ledger_flows",
          sql`SELECT FROM (SELECT asset_id, kind, sum(amount) AS amount, count(*) AS n FROM ${entries}
            GROUP BY asset_id, kind) AS computed FULL JOIN ${table("flows")} AS known USING (asset_id, kind)
          WHERE (computed.amount, computed.n) IS DISTINCT FROM (known.amount, known.entry_count)`,
        ),
        await count(
          "ledger_lines_balance",
          sql`SELECT FROM ${entries} WHERE ${lines} IS NOT NULL
            GROUP BY ${lines}, reference, asset_id HAVING sum(${sql.raw(SIGNED_AMOUNT)}) <> 0`,
        ),
      ];
      return { position, findings: findings.filter(({ count: wrong }) => wrong > 0n) };
    },
    { isolation: "repeatable read" },
  );
}
