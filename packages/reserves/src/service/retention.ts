import { readFileSync } from "node:fs";
import type { Clock } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Events } from "@trellis/platform/events";
import { removeLeftUploads } from "@trellis/platform/http";
import type { JobRun } from "@trellis/platform/jobs";
import type { WebhookStore } from "@trellis/platform/notify";
import type { ReservesApiPorts } from "../api/index.ts";
import {
  applyRetention,
  DEFAULT_SCHEDULE,
  parseRetentionSchedule,
  type Remove,
  type RetentionOutcome,
  type RetentionSchedule,
  type RetentionSubject,
} from "../compliance/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Snapshots } from "../snapshots/index.ts";
import { reservesErrors } from "./errors.ts";
import type { ServiceTables } from "./schema.ts";

interface RetentionServicePorts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly ledger: Pick<Ledger, "removeImports">;
  readonly snapshots: Pick<Snapshots, "removeTrees">;
  readonly events: Pick<Events, "prune" | "read" | "newest">;
  readonly webhookStore: Pick<WebhookStore, "removeDeliveries">;
  readonly audit: { readonly log: ReservesApiPorts["audit"]["log"] };
  readonly clock: Clock;
}

export interface RetentionRequest {
  readonly isDryRun?: boolean;
}

/** An empty path selects the default. @throws RESERVES_SOURCE_UNREADABLE, CONFIG_FILE_UNREADABLE */
export function readRetentionSchedule(file: string): RetentionSchedule {
  if (file === "") return DEFAULT_SCHEDULE;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw reservesErrors.RESERVES_SOURCE_UNREADABLE({ place: file, reason }, cause);
  }
  return parseRetentionSchedule(text);
}

export function retain(schedule: RetentionSchedule, ports: RetentionServicePorts) {
  const removal = { subjects: subjectsOf(ports), audit: ports.audit.log, clock: ports.clock };
  return async (job: JobRun<RetentionRequest>): Promise<{ readonly outcomes: RetentionOutcome[] }> => {
    const { isDryRun = false } = job.data;
    const run = {
      isDryRun,
      correlationId: job.id,
      signal: job.signal,
      report: (progress: { readonly done: number; readonly total: number }) =>
        void job.progress({ phase: "remove", ...progress }).catch(() => {}),
    };
    return { outcomes: await applyRetention(schedule, removal, run) };
  };
}

function subjectsOf(ports: RetentionServicePorts): Readonly<Record<RetentionSubject, Remove>> {
  const { ledger, snapshots, webhookStore } = ports;
  return {
    abandonedImports: (beforeMs, isDryRun) => ledger.removeImports("abandoned", beforeMs, isDryRun),
    importReports: (beforeMs, isDryRun) => ledger.removeImports("ended", beforeMs, isDryRun),
    uploads: removeLeftUploads,
    trees: async (beforeMs, isDryRun) => (await snapshots.removeTrees(beforeMs, isDryRun)).length,
    events: (beforeMs, isDryRun) => removeEvents(beforeMs, isDryRun, ports),
    deliveries: (beforeMs, isDryRun) => webhookStore.removeDeliveries("delivered", beforeMs, isDryRun),
    deadLetters: (beforeMs, isDryRun) => webhookStore.removeDeliveries("dead", beforeMs, isDryRun),
  };
}

/** RET-6: keeps events that are not relayed yet. */
async function removeEvents(
  beforeMs: number,
  isDryRun: boolean,
  { tables, events }: Pick<RetentionServicePorts, "tables" | "events">,
): Promise<number> {
  const { position } = await tables.db.selectFrom("relay").select("position").executeTakeFirstOrThrow();
  const [untold] = position < (await events.newest()) ? await events.read(position, 1) : [];
  return events.prune(Math.min(beforeMs, untold?.timeMs ?? beforeMs), isDryRun);
}
