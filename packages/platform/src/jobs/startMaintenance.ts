import type { Log, Scheduler } from "@trellis/base";
import { sql } from "kysely";
import { repeat } from "../lifecycle/repeat.ts";
import { expireAttempts } from "./attempts.ts";
import { fireSchedules, type KnownOccurrences } from "./schedules.ts";
import { jobTable, type Tables } from "./schema.ts";

const MAINTENANCE_MS = 2_000;
/** Deletes old jobs hourly. */
const RUNS_PER_DELETION = 1_800;

export function startMaintenance(
  tables: Tables,
  { log, scheduler }: { readonly log: Log; readonly scheduler: Scheduler },
): { stop(): Promise<void> } {
  let count = 0;
  let last = Promise.resolve();
  const known: KnownOccurrences = new Map();
  const maintenance = async (): Promise<void> => {
    try {
      for (const job of await expireAttempts(tables)) log.warn("job.expired", { ...job });
      await fireSchedules(tables, known);
      if (count++ % RUNS_PER_DELETION === 0) await deleteOld(tables);
    } catch (error) {
      log.warn("queue.failed", { error: error as Error });
    }
  };
  const repeated = repeat(scheduler, MAINTENANCE_MS, () => {
    last = maintenance();
    return last;
  });
  return {
    async stop() {
      repeated.stop();
      await last;
    },
  };
}

async function deleteOld(tables: Tables): Promise<void> {
  await sql`
    DELETE FROM ${jobTable(tables)}
    WHERE state IN ('done', 'cancelled') AND ended_on < now() - interval '7 days'
      OR state = 'dead' AND ended_on < now() - interval '14 days'
      OR state = 'waiting' AND start_after < now() - interval '14 days'`.execute(tables.db);
}
