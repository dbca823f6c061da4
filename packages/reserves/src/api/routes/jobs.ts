import { defineRoute, type Route } from "@trellis/platform/http";
import type { JobView } from "@trellis/platform/jobs";
import { z } from "zod";
import { apiErrors } from "../errors.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { timeMs } from "../schemas/common.ts";
import { operators, staff } from "./access.ts";

const BEGUN_KINDS = ["snapshot", "attestation", "reconciliation", "rotation", "retention"] as const;
const OWN_KINDS = ["anchor", "erasure", "notification", "sweep", "webhook"] as const;
export const JOB_KINDS = [...BEGUN_KINDS, ...OWN_KINDS] as const;
export type JobKindName = (typeof JOB_KINDS)[number];

const kind = z.enum(JOB_KINDS).meta({ id: "JobKind" });
const jobId = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "JobId", examples: ["job-1", "missing"] });
export const addedJob = z.strictObject({ kind, id: jobId }).meta({ id: "AddedJob" });

const job = z
  .strictObject({
    kind,
    id: jobId,
    state: z.enum(["waiting", "running", "done", "cancelled", "dead"]),
    attempts: z.int(),
    progress: z
      .strictObject({ done: z.number(), total: z.number().optional(), phase: z.string().optional() })
      .nullable(),
    output: z.unknown().meta({ description: "result, or error of the last attempt" }),
    addedAtMs: timeMs,
    endedAtMs: timeMs.nullable(),
  })
  .meta({ id: "Job" });

const params = z.strictObject({ kind, jobId });

export async function addJob(
  jobs: Pick<ReservesApiPorts["jobs"], "add">,
  name: (typeof BEGUN_KINDS)[number],
  data: object,
  key: string,
): Promise<{ kind: JobKindName; id: string }> {
  const id = await jobs.add(name, data, { key });
  if (id === undefined) throw apiErrors.JOB_RUNNING({ kind: name });
  return { kind: name, id };
}

export function jobRoutes({ jobs }: Pick<ReservesApiPorts, "jobs">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listJobs",
        method: "GET",
        path: "/v1/jobs/{kind}",
        tag: "jobs",
        summary: "Lists the newest jobs of a kind",
        access: staff("jobs:read"),
        params: z.strictObject({ kind }),
        query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
        answer: { status: 200, description: "newest first", schema: z.strictObject({ items: z.array(job) }) },
        errors: [],
      },
      async ({ params: { kind: name }, query }) => ({
        items: (await jobs.list(name, query.limit)).map((one) => shown(name, one)),
      }),
    ),
    defineRoute(
      {
        id: "getJob",
        method: "GET",
        path: "/v1/jobs/{kind}/{jobId}",
        tag: "jobs",
        summary: "Returns a job and its progress",
        access: staff("jobs:read"),
        params,
        answer: { status: 200, description: "the job", schema: job },
        errors: ["JOB_UNKNOWN"],
      },
      async ({ params: { kind: name, jobId: id } }) => shown(name, await jobs.find(name, id)),
    ),
    defineRoute(
      {
        id: "cancelJob",
        method: "DELETE",
        path: "/v1/jobs/{kind}/{jobId}",
        tag: "jobs",
        summary: "Cancels a job; a dead letter can no longer be revived",
        access: operators("jobs:write"),
        params,
        answer: { status: 204, description: "cancellation is requested" },
        errors: ["JOB_UNKNOWN"],
      },
      async ({ params: { kind: name, jobId: id } }) => {
        await jobs.cancel(name, id);
        return undefined;
      },
    ),
    defineRoute(
      {
        id: "reviveJobs",
        method: "POST",
        path: "/v1/jobs/{kind}/revival",
        tag: "jobs",
        summary: "Revives the dead letters of a kind",
        access: operators("jobs:write"),
        params: z.strictObject({ kind }),
        answer: { status: 200, description: "the count", schema: z.strictObject({ revivedCount: z.int() }) },
        errors: [],
      },
      async ({ params: { kind: name } }) => ({ revivedCount: await jobs.revive(name) }),
    ),
  ];
}

function shown(
  kindName: JobKindName,
  { id, state, attempts, progress, output, addedAtMs, endedAtMs }: JobView,
) {
  return {
    kind: kindName,
    id,
    state,
    attempts,
    progress: progress === undefined ? null : { ...progress },
    output: output ?? null,
    addedAtMs,
    endedAtMs: endedAtMs ?? null,
  };
}
