import type { SchemaDatabase } from "@trellis/platform/db";
import { sql } from "kysely";
import { ENTRY_KINDS, type EntryKind } from "./kinds.ts";
import type { LedgerTables } from "./schema.ts";

/** A rule of the ledger, and how many rows break it. */
export interface LedgerFinding {
  readonly rule: string;
  readonly count: bigint;
}

export interface LedgerAudit {
  readonly position: bigint;
  /** Empty where all is as it must be. */
  readonly findings: readonly LedgerFinding[];
}

/** Recomputes balances, sequences, positions and flows from the entries alone, in the database, of one moment. */
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
      const conserved = Object.entries<EntryKind>(ENTRY_KINDS).flatMap(([name, { isConserved }]) =>
        isConserved ? [name] : [],
      );
      const entries = table("entries");
      const findings = [
        await count(
          "ledger_position_gap",
          sql`SELECT FROM (SELECT count(*) AS n, coalesce(max(position), 0) AS last, coalesce(min(position), 1) AS first
            FROM ${entries}) AS all_entries WHERE n <> last OR first <> 1 OR last <> ${position}::bigint`,
        ),
        await count(
          "ledger_running_balance",
          sql`SELECT FROM (
            SELECT sequence, balance, row_number() OVER account AS n, sum(amount) OVER account AS sum FROM ${entries}
            WINDOW account AS (PARTITION BY customer_id, asset_id ORDER BY position)
          ) AS line WHERE sequence <> n OR balance <> sum OR balance < 0`,
        ),
        await count(
          "ledger_account_state",
          sql`SELECT FROM (
            SELECT customer_id, asset_id, sum(amount) AS balance, count(*) AS sequence, max(position) AS last_position
            FROM ${entries} GROUP BY customer_id, asset_id
          ) AS computed FULL JOIN ${table("accounts")} AS known USING (customer_id, asset_id)
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
          sql`SELECT FROM ${entries} WHERE kind = ANY(${conserved}::text[])
            GROUP BY kind, reference, asset_id HAVING sum(amount) <> 0`,
        ),
      ];
      return { position, findings: findings.filter(({ count: wrong }) => wrong > 0n) };
    },
    { isolation: "repeatable read" },
  );
}
