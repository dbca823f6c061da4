import {
  defineRoute,
  httpErrors,
  pageOf,
  pageQuery,
  type Route,
  readPage,
  requireVersion,
  versionTag,
} from "@trellis/platform/http";
import { z } from "zod";
import type { Incidents, IncidentView } from "../../reconciliation/index.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { timeMs } from "../schemas/common.ts";
import { operators, staff } from "./access.ts";
import { addedJob, addJob } from "./jobs.ts";

const incidentId = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "IncidentId", examples: ["incident-1", "missing"] });
const incident = z
  .strictObject({
    id: incidentId,
    kind: z.string(),
    severity: z.enum(["critical", "warning", "notice"]),
    asset: z.string().nullable(),
    expected: z.string(),
    got: z.string(),
    difference: z.string(),
    openedAtMs: timeMs,
    closedAtMs: timeMs.nullable(),
    acknowledgedBy: z.string().nullable(),
    note: z.string().nullable(),
    version: z.int(),
  })
  .meta({ id: "Incident" });
const params = z.strictObject({ incidentId });

type Ports = Pick<ReservesApiPorts, "incidents" | "jobs">;

export function incidentRoutes({ incidents, jobs }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "reconcile",
        method: "POST",
        path: "/v1/reconciliations",
        tag: "reconciliation",
        summary: "Starts a reconciliation of ledger, snapshot and on-chain balances",
        access: operators("reconciliation:write"),
        answer: { status: 202, description: "the job", schema: addedJob },
        errors: ["JOB_RUNNING"],
        idempotency: "required",
        cost: 20,
      },
      ({ principal }) => addJob(jobs, "reconciliation", { by: principal.id }, "reconciliation"),
    ),
    defineRoute(
      {
        id: "rebaseReconciliation",
        method: "POST",
        path: "/v1/reconciliations/baseline",
        tag: "reconciliation",
        summary: "Accepts the current on-chain balances as the new baseline",
        description:
          "Later reconciliations count movements from here. Use it after the custodian moved own funds, which the ledger does not contain.",
        access: operators("reconciliation:write"),
        answer: { status: 202, description: "the job", schema: addedJob },
        errors: ["JOB_RUNNING"],
        idempotency: "required",
        cost: 20,
      },
      ({ principal }) =>
        addJob(jobs, "reconciliation", { by: principal.id, isRebased: true }, "reconciliation"),
    ),
    defineRoute(
      {
        id: "listIncidents",
        method: "GET",
        path: "/v1/incidents",
        tag: "reconciliation",
        summary: "Lists incidents, newest first",
        access: staff("reconciliation:read"),
        query: z.strictObject({ ...pageQuery, state: z.enum(["open", "closed"]).optional() }),
        answer: { status: 200, description: "a page", schema: pageOf(incident) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) => {
        const isOpen = query.state === undefined ? undefined : query.state === "open";
        return readPage(
          query,
          ["incidents", query.state],
          async (before, limit) => (await incidents.list({ isOpen }, before, limit)).map(shown),
          ({ id }) => id,
        );
      },
    ),
    ...oneIncidentRoutes({ incidents }),
  ];
}

function oneIncidentRoutes({ incidents }: Pick<Ports, "incidents">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getIncident",
        method: "GET",
        path: "/v1/incidents/{incidentId}",
        tag: "reconciliation",
        summary: "Returns an incident",
        access: staff("reconciliation:read"),
        params,
        answer: { status: 200, description: "the incident", schema: incident },
        errors: ["NOT_FOUND"],
      },
      async ({ params: { incidentId: id }, setHeader }) => {
        const found = await known(incidents, id);
        setHeader("etag", versionTag(found.version));
        return shown(found);
      },
    ),
    defineRoute(
      {
        id: "acknowledgeIncident",
        method: "PUT",
        path: "/v1/incidents/{incidentId}/acknowledgement",
        tag: "reconciliation",
        summary: "Acknowledges an incident",
        description: "An incident closes by itself when the difference is resolved.",
        access: operators("reconciliation:write"),
        params,
        body: z.strictObject({ note: z.string().min(1).max(1_024) }),
        answer: { status: 200, description: "the incident", schema: incident },
        errors: ["NOT_FOUND"],
        precondition: "required",
      },
      async ({ params: { incidentId: id }, body, principal, ifMatch, setHeader }) => {
        const { version } = await known(incidents, id);
        requireVersion(ifMatch, version);
        const changed = await incidents.acknowledge(id, version, principal.id, body.note);
        // Another request changed the incident: fail.
        if (changed === undefined) requireVersion('""', (await known(incidents, id)).version);
        const now = changed ?? (await known(incidents, id));
        setHeader("etag", versionTag(now.version));
        return shown(now);
      },
    ),
  ];
}

function shown({ key: _, asset, closedAtMs, acknowledgedBy, note, ...rest }: IncidentView) {
  return {
    ...rest,
    asset: asset ?? null,
    closedAtMs: closedAtMs ?? null,
    acknowledgedBy: acknowledgedBy ?? null,
    note: note ?? null,
  };
}

async function known(incidents: Incidents, id: string): Promise<IncidentView> {
  const found = await incidents.find(id);
  if (found === undefined) throw httpErrors.NOT_FOUND({ reason: "no such incident" });
  return found;
}
