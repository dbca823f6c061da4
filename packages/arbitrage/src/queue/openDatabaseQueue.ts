import type { Clock, Hex } from "@trellis/base";
import type { Database, SchemaDatabase, SchemaStep } from "@trellis/platform/db";
import { type Kysely, type RawBuilder, sql } from "kysely";
import {
  type Claim,
  JOBS_KEPT_BLOCKS,
  type QueueOptions,
  type TradeJob,
  type TradeQueue,
} from "./TradeQueue.ts";

interface QueueTables {
  jobs: {
    chain: string;
    job_id: string;
    height: bigint;
    hash: string;
    last_block: bigint;
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

/** Claims the most valuable job first. @param chain chain and wallet */
export async function openDatabaseQueue(
  database: Database,
  chain: string,
  options: QueueOptions,
  clock: Clock,
  schema = SCHEMA,
): Promise<TradeQueue> {
  const tables = await database.openSchema<QueueTables>(schema, STEPS);
  return new DatabaseQueue(tables, chain, options, clock);
}

class DatabaseQueue implements TradeQueue {
  readonly #db: Kysely<QueueTables>;
  readonly #table: RawBuilder<unknown>;
  readonly #chain: string;
  readonly #options: QueueOptions;
  readonly #clock: Clock;
  /** Last block of each passed job. */
  readonly #passed = new Map<string, number>();
  #sweptAt: number | undefined;

  constructor(tables: SchemaDatabase<QueueTables>, chain: string, options: QueueOptions, clock: Clock) {
    this.#db = tables.db;
    this.#table = sql.table(`${tables.schema}.jobs`);
    this.#chain = chain;
    this.#options = options;
    this.#clock = clock;
  }

  async offer(jobs: readonly TradeJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const rows = jobs.map((job) => ({
      chain: this.#chain,
      job_id: job.id,
      height: BigInt(job.block.height),
      hash: job.block.hash,
      last_block: BigInt(job.lastBlock),
      worth_wei: String(job.worthWei),
      is_finished: false,
      lease_until_ms: 0n,
      claims: 0n,
    }));
    await this.#db
      .insertInto("jobs")
      .values(rows)
      .onConflict((conflict) => conflict.columns(["chain", "job_id"]).doNothing())
      .execute();
  }

  async claim(height: number): Promise<Claim | undefined> {
    const nowMs = this.#clock.nowMs();
    if (height !== this.#sweptAt) await this.#sweep(height);
    this.#sweptAt = height;
    const passed = [...this.#passed.keys()];
    // Concurrent claims get different jobs.
    const { rows } = await sql<QueueTables["jobs"]>`
      UPDATE ${this.#table} SET claims = claims + 1, lease_until_ms = ${nowMs + this.#options.leaseMs}
      WHERE chain = ${this.#chain} AND job_id = (
        SELECT job_id FROM ${this.#table}
        WHERE chain = ${this.#chain} AND NOT is_finished AND lease_until_ms <= ${nowMs} AND last_block > ${height}
          AND NOT (job_id = ANY(${passed}::text[]))
        ORDER BY worth_wei DESC, job_id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING *`.execute(this.#db);
    const [row] = rows;
    return row && { job: jobOf(row), token: String(row.claims) };
  }

  async finish(claim: Claim): Promise<boolean> {
    const row = await this.#claimed(claim).set({ is_finished: true }).returning("job_id").executeTakeFirst();
    return row !== undefined;
  }

  async pass(claim: Claim): Promise<void> {
    this.#passed.set(claim.job.id, claim.job.lastBlock);
    await this.#claimed(claim).set({ lease_until_ms: 0n }).execute();
  }

  #claimed({ job, token }: Claim) {
    return this.#db
      .updateTable("jobs")
      .where("chain", "=", this.#chain)
      .where("job_id", "=", job.id)
      .where("claims", "=", BigInt(token));
  }

  async #sweep(height: number): Promise<void> {
    const old = BigInt(height - JOBS_KEPT_BLOCKS);
    await this.#db
      .deleteFrom("jobs")
      .where("chain", "=", this.#chain)
      .where("last_block", "<=", old)
      .execute();
    for (const [id, lastBlock] of this.#passed) if (lastBlock <= height) this.#passed.delete(id);
  }
}

function jobOf({ job_id, height, hash, last_block, worth_wei }: QueueTables["jobs"]): TradeJob {
  return {
    id: job_id,
    block: { height: Number(height), hash: hash as Hex },
    lastBlock: Number(last_block),
    worthWei: BigInt(worth_wei),
  };
}
