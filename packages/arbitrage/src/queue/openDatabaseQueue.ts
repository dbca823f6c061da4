import type { Clock, Hex } from "@trellis/base";
import type { Database, SchemaStep } from "@trellis/platform/db";
import { sql } from "kysely";
import { JOBS_KEPT_BLOCKS, type QueueTerms, type TradeJob, type TradeQueue } from "./TradeQueue.ts";

interface QueueTables {
  jobs: {
    chain: string;
    job_id: string;
    height: bigint;
    hash: string;
    last_block: bigint;
    /** numeric, as text */
    worth_wei: string;
    is_finished: boolean;
    lease_until_ms: bigint;
    claims: bigint;
  };
}

const SCHEMA = "arbitrage_queue";
const STEPS: readonly SchemaStep[] = [
  {
    name: "queue-001-jobs",
    sql: (schema) => `
CREATE TABLE ${schema}.jobs (
  chain text NOT NULL,
  job_id text NOT NULL,
  height bigint NOT NULL,
  hash text NOT NULL,
  last_block bigint NOT NULL,
  worth_wei numeric NOT NULL,
  is_finished boolean NOT NULL,
  lease_until_ms bigint NOT NULL,
  claims bigint NOT NULL,
  PRIMARY KEY (chain, job_id)
);
CREATE INDEX jobs_open ON ${schema}.jobs (chain, worth_wei DESC, job_id) WHERE NOT is_finished;
CREATE INDEX jobs_old ON ${schema}.jobs (chain, last_block);`,
  },
];

/** Jobs in the service's database, for workers of many processes: the most valuable first. @param chain and wallet */
export async function openDatabaseQueue(
  database: Database,
  chain: string,
  { leaseMs }: QueueTerms,
  clock: Clock,
  schema = SCHEMA,
): Promise<TradeQueue> {
  const { db, schema: place } = await database.openSchema<QueueTables>(schema, STEPS);
  /** By id, with their last block. */
  const passed = new Map<string, number>();
  const jobs = sql.table(`${place}.jobs`);
  let sweptAt: number | undefined;

  async function sweep(height: number): Promise<void> {
    const old = BigInt(height - JOBS_KEPT_BLOCKS);
    await db.deleteFrom("jobs").where("chain", "=", chain).where("last_block", "<=", old).execute();
    for (const [id, lastBlock] of passed) if (lastBlock <= height) passed.delete(id);
  }

  return {
    async offer(offered) {
      if (offered.length === 0) return;
      const rows = offered.map((job) => ({
        ...{ chain, job_id: job.id, height: BigInt(job.block.height), hash: job.block.hash },
        ...{ last_block: BigInt(job.lastBlock), worth_wei: String(job.worthWei) },
        ...{ is_finished: false, lease_until_ms: 0n, claims: 0n },
      }));
      await db
        .insertInto("jobs")
        .values(rows)
        .onConflict((conflict) => conflict.columns(["chain", "job_id"]).doNothing())
        .execute();
    },
    async claim(height) {
      const nowMs = clock.nowMs();
      if (height !== sweptAt) await sweep(height);
      sweptAt = height;
      const skipped = [...passed.keys()];
      // Who looks at once passes over the row that another one takes.
      const { rows } = await sql<QueueTables["jobs"]>`
        UPDATE ${jobs} SET claims = claims + 1, lease_until_ms = ${nowMs + leaseMs}
        WHERE chain = ${chain} AND job_id = (
          SELECT job_id FROM ${jobs}
          WHERE chain = ${chain} AND NOT is_finished AND lease_until_ms <= ${nowMs} AND last_block > ${height}
            AND NOT (job_id = ANY(${skipped}::text[]))
          ORDER BY worth_wei DESC, job_id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *`.execute(db);
      const [row] = rows;
      return row && { job: jobOf(row), token: String(row.claims) };
    },
    async finish({ job, token }) {
      const row = await db
        .updateTable("jobs")
        .set({ is_finished: true })
        .where("chain", "=", chain)
        .where("job_id", "=", job.id)
        .where("claims", "=", BigInt(token))
        .returning("job_id")
        .executeTakeFirst();
      return row !== undefined;
    },
    async pass({ job, token }) {
      passed.set(job.id, job.lastBlock);
      await db
        .updateTable("jobs")
        .set({ lease_until_ms: 0n })
        .where("chain", "=", chain)
        .where("job_id", "=", job.id)
        .where("claims", "=", BigInt(token))
        .execute();
    },
  };
}

function jobOf({ job_id, height, hash, last_block, worth_wei }: QueueTables["jobs"]): TradeJob {
  return {
    id: job_id,
    block: { height: Number(height), hash: hash as Hex },
    lastBlock: Number(last_block),
    worthWei: BigInt(worth_wei),
  };
}
