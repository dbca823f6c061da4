import type { Scheduler } from "@trellis/base";
import { sql } from "kysely";
import type { Database, SchemaDatabase } from "../db/index.ts";
import { jobsErrors } from "./errors.ts";
import { JOB_STEPS, type JobTables } from "./schema.ts";

export interface Lease {
  /** Grows with every new holder: whoever writes elsewhere can refuse what an earlier holder sends late. */
  readonly token: bigint;
  /** Aborted when the lease could not be kept. */
  readonly signal: AbortSignal;
}

export interface Leases {
  /**
   * Runs `work` while this process alone holds the lease, over all processes of the database.
   * @returns what it gave; undefined, without running it, where another holds the lease
   * @throws LEASE_LOST when another took the lease over because this process did not keep it in time
   */
  run<T>(name: string, work: (lease: Lease) => Promise<T>): Promise<{ readonly value: T } | undefined>;
}

export interface LeasesOptions {
  /** Who holds: one name a process. */
  readonly holder: string;
  /** After this long without being kept a lease is free. ms */
  readonly lifetimeMs: number;
  readonly schema?: string;
}

/** Time is the database's: clocks of processes differ. */
export async function openLeases(
  { holder, lifetimeMs, schema = "jobs" }: LeasesOptions,
  { database, scheduler }: { readonly database: Database; readonly scheduler: Scheduler },
): Promise<Leases> {
  const tables = await database.openSchema<JobTables>(`${schema}_state`, JOB_STEPS);
  let runCount = 0;
  return {
    async run(name, work) {
      // Two runs in one process are two holders.
      const mine = `${holder}/${runCount++}`;
      const token = await take(tables, name, mine, lifetimeMs);
      if (token === undefined) return undefined;
      const aborter = new AbortController();
      let timer = scheduler.after(lifetimeMs / 3, keep);
      async function keep(): Promise<void> {
        const isKept = await renew(tables, name, mine, token!, lifetimeMs).catch(() => undefined);
        if (isKept === false) aborter.abort(jobsErrors.LEASE_LOST({ lease: name }));
        else if (!aborter.signal.aborted) timer = scheduler.after(lifetimeMs / 3, keep);
      }
      try {
        const value = await work({ token, signal: aborter.signal });
        aborter.signal.throwIfAborted();
        return { value };
      } finally {
        aborter.abort(jobsErrors.LEASE_LOST({ lease: name }));
        timer.cancel();
        await release(tables, name, mine, token);
      }
    },
  };
}

type Tables = SchemaDatabase<JobTables>;

const after = (lifetimeMs: number) => sql<Date>`clock_timestamp() + ${lifetimeMs} * interval '1 millisecond'`;

async function take(
  { db, schema }: Tables,
  name: string,
  holder: string,
  lifetimeMs: number,
): Promise<bigint | undefined> {
  const { rows } = await sql<{ token: bigint }>`
    INSERT INTO ${sql.table(`${schema}.leases`)} AS held (name, holder, token, expires_at)
    VALUES (${name}, ${holder}, 1, ${after(lifetimeMs)})
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = held.token + 1, expires_at = excluded.expires_at
      WHERE held.expires_at < clock_timestamp()
    RETURNING token`.execute(db);
  return rows[0]?.token;
}

async function renew(
  { db }: Tables,
  name: string,
  holder: string,
  token: bigint,
  lifetimeMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("leases")
    .set({ expires_at: after(lifetimeMs) })
    .where("name", "=", name)
    .where("holder", "=", holder)
    .where("token", "=", token)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** By its token: a process that was taken for dead has the same holder as its restarted self. */
async function release({ db }: Tables, name: string, holder: string, token: bigint): Promise<void> {
  await db
    .updateTable("leases")
    .set({ expires_at: new Date(0) })
    .where("name", "=", name)
    .where("holder", "=", holder)
    .where("token", "=", token)
    .execute();
}
