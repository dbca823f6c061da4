import type { Access } from "@trellis/platform/auth";
import { defineRoute, httpErrors, pageOf, pageQuery, type Route, readPage } from "@trellis/platform/http";
import { z } from "zod";
import type { ScheduledKind } from "../watch/index.ts";
import type { BackupApiPorts } from "./BackupApiPorts.ts";
import { repository, run, runKind, scheduledKind, status } from "./schemas.ts";
import { shownRepository, shownRun, shownStatus } from "./views.ts";

const READERS: Access = {
  kind: "protected",
  roles: ["admin", "operator", "auditor", "viewer"],
  scope: "backups:read",
  rows: "notPersonal",
};
const OPERATORS: Access = { ...READERS, roles: ["admin", "operator"], scope: "backups:write" };
/** Newest jobs of a kind, among which the requested one is found. */
const JOBS_SEEN = 50;

export function backupRoutes(ports: BackupApiPorts): readonly Route[] {
  return [statusRoute(ports), listRoute(ports), runsRoute(ports), startRoute(ports)];
}

function statusRoute({ state }: BackupApiPorts): Route {
  return defineRoute(
    {
      id: "getBackupStatus",
      method: "GET",
      path: "/v1/backups/status",
      tag: "backups",
      summary: "Returns age, state and next time of each kind of run, and all problems",
      access: READERS,
      answer: { status: 200, description: "the status", schema: status },
      errors: [],
    },
    async () => shownStatus(await state()),
  );
}

function listRoute({ works }: BackupApiPorts): Route {
  return defineRoute(
    {
      id: "listBackups",
      method: "GET",
      path: "/v1/backups",
      tag: "backups",
      summary: "Lists the backups in each repository, with their sizes",
      access: READERS,
      answer: {
        status: 200,
        description: "all repositories",
        schema: z.strictObject({ items: z.array(repository) }),
      },
      errors: [],
      cost: 5,
    },
    async () => ({ items: await Promise.all(works.map(shownRepository)) }),
  );
}

function runsRoute({ history }: BackupApiPorts): Route {
  return defineRoute(
    {
      id: "listBackupRuns",
      method: "GET",
      path: "/v1/backups/runs",
      tag: "backups",
      summary: "Lists runs of the last 90 days, newest first",
      access: READERS,
      query: z.strictObject({ ...pageQuery, kind: runKind.optional() }),
      answer: { status: 200, description: "a page", schema: pageOf(run) },
      errors: ["CURSOR_INVALID"],
    },
    ({ query: { kind, ...page } }) =>
      readPage(
        page,
        ["runs", kind],
        async (after, limit) => {
          const before = after === undefined ? undefined : Number(after);
          if (before !== undefined && !Number.isSafeInteger(before)) throw httpErrors.CURSOR_INVALID();
          return (await history.list({ kind, before }, limit)).map(shownRun);
        },
        ({ id }) => String(id),
      ),
  );
}

function startRoute({ jobs }: BackupApiPorts): Route {
  return defineRoute(
    {
      id: "startBackup",
      method: "POST",
      path: "/v1/backups",
      tag: "backups",
      summary: "Starts a full backup, a log backup or a verification",
      description: "While a requested run of the kind waits or runs, its job is returned.",
      access: OPERATORS,
      body: z.strictObject({ kind: scheduledKind }),
      answer: {
        status: 202,
        description: "the job",
        schema: z.strictObject({ kind: scheduledKind, jobId: z.string() }).meta({ id: "StartedBackup" }),
      },
      errors: [],
      idempotency: "required",
      cost: 20,
    },
    async ({ body: { kind }, principal }) => ({ kind, jobId: await addJob(kind, principal.id, jobs) }),
  );
}

async function addJob(kind: ScheduledKind, by: string, jobs: BackupApiPorts["jobs"]): Promise<string> {
  for (;;) {
    const id = await jobs.add(kind, { by }, { key: kind });
    if (id !== undefined) return id;
    const open = (await jobs.list(kind, JOBS_SEEN)).find(
      ({ state }) => state === "waiting" || state === "running",
    );
    // The job may have ended since, which frees its key.
    if (open !== undefined) return open.id;
  }
}
