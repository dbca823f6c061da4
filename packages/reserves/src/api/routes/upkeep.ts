import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import { RETENTION_SUBJECTS } from "../../compliance/index.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { admins, operators, staff } from "./access.ts";
import { addedJob, addJob } from "./jobs.ts";

const schedule = z
  .strictObject(
    Object.fromEntries(
      RETENTION_SUBJECTS.map((subject) => [
        subject,
        z.int().nullable().meta({ description: "days; null: forever" }),
      ]),
    ),
  )
  .meta({ id: "RetentionSchedule" });

type Ports = Pick<ReservesApiPorts, "jobs" | "retention">;

export function upkeepRoutes(ports: Ports): readonly Route[] {
  return [...retentionRoutes(ports), rotationRoute(ports)];
}

function retentionRoutes({ jobs, retention }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getRetention",
        method: "GET",
        path: "/v1/retention",
        tag: "administration",
        summary: "Returns the retention periods",
        access: staff("retention:read"),
        answer: { status: 200, description: "days by subject", schema: schedule },
        errors: [],
      },
      () =>
        Object.fromEntries(
          Object.entries(retention).map(([subject, kept]) => [subject, kept === "forever" ? null : kept]),
        ),
    ),
    defineRoute(
      {
        id: "retain",
        method: "POST",
        path: "/v1/retention-runs",
        tag: "administration",
        summary: "Deletes data past its retention period, or counts it in a dry run",
        description: "The service does this every day. The audit log records what was deleted, by subject.",
        access: operators("retention:write"),
        body: z.strictObject({ isDryRun: z.boolean().default(false) }),
        answer: { status: 202, description: "the job; its output contains the counts", schema: addedJob },
        errors: ["JOB_RUNNING"],
        idempotency: "required",
        cost: 20,
      },
      ({ body, principal }) => addJob(jobs, "retention", { ...body, by: principal.id }, "retention"),
    ),
  ];
}

function rotationRoute({ jobs }: Ports): Route {
  return defineRoute(
    {
      id: "rotateKeys",
      method: "POST",
      path: "/v1/key-rotations",
      tag: "administration",
      summary: "Encrypts all customer keys under the newest master key",
      description:
        "Keys, salts and proofs stay the same. The job's output lists the master keys that are still needed.",
      access: admins("keys:write"),
      body: z.strictObject({}),
      answer: { status: 202, description: "the job", schema: addedJob },
      errors: ["JOB_RUNNING"],
      idempotency: "required",
      cost: 20,
    },
    ({ principal }) => addJob(jobs, "rotation", { by: principal.id }, "rotation"),
  );
}
