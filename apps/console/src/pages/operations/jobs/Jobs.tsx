import type { Job, JobKind } from "@trellis/client/reserves";
import { useState } from "react";
import { countText } from "../../../format/units.ts";
import { useRole } from "../../../session/session.ts";
import { Choice } from "../../../ui/Choice.tsx";
import { Ago, Badge, Card, Copy, Figure, type Tone } from "../../../ui/primitives.tsx";
import { Answered, Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { AsOf } from "../AsOf.tsx";
import { Confirm } from "../Confirm.tsx";
import { WithAccess } from "../ServiceChoice.tsx";
import { useService, useServiceChange } from "../useService.ts";
import "../operations.css";

const KINDS: Readonly<Record<JobKind, string>> = {
  snapshot: "reads all balances and commits to liabilities",
  attestation: "signs that reserves cover liabilities",
  reconciliation: "compares ledger, snapshots and on-chain balances",
  rotation: "re-encrypts customer secrets with a new master key",
  retention: "deletes data past its retention period",
  anchor: "anchors records on-chain",
  erasure: "removes erased customers from stored trees",
  notification: "sends e-mail and chat notifications",
  sweep: "requeues lost deliveries and signs the log checkpoint",
  webhook: "delivers events to webhooks",
};

const TONES: Readonly<Record<Job["state"], Tone>> = {
  waiting: "plain",
  running: "info",
  done: "good",
  cancelled: "warn",
  dead: "bad",
};
const CANCELLABLE: ReadonlySet<Job["state"]> = new Set(["waiting", "running", "dead"]);
const EVERY_MS = 3_000;
const SHOWN = 50;

export function Jobs() {
  const [kind, setKind] = useState<JobKind>("snapshot");
  return (
    <>
      <div className="page-head">
        <h1>Jobs</h1>
        <Choice
          label="Job type"
          value={kind}
          onChange={setKind}
          options={(Object.keys(KINDS) as JobKind[]).map((name) => [name, name])}
        />
      </div>
      <WithAccess service="reserves">
        <JobsOf key={kind} kind={kind} />
      </WithAccess>
    </>
  );
}

function JobsOf({ kind }: { readonly kind: JobKind }) {
  const query = useService<{ readonly items: readonly Job[] }>(`/v1/jobs/${kind}?limit=${SHOWN}`, EVERY_MS);
  const mayChange = ["admin", "operator"].includes(useRole() ?? "");
  const change = useServiceChange();
  return (
    <Answered query={query} what="Loading jobs">
      {({ items }) => {
        const count = (state: Job["state"]): number => items.filter((job) => job.state === state).length;
        return (
          <>
            <dl className="figures">
              <Figure label="Waiting" value={countText(count("waiting"))} />
              <Figure label="Running" value={countText(count("running"))} />
              <Figure label="Done" value={countText(count("done"))} />
              <Figure
                label="Dead letters"
                value={countText(count("dead"))}
                note={count("dead") === 0 ? "no failed jobs" : "refused or failed too often"}
              />
            </dl>
            <Card title={`${kind}: ${KINDS[kind]}`} aside={<AsOf query={query} />}>
              {items.length === 0 ? (
                <Empty title="No jobs of this type yet" />
              ) : (
                <JobTable jobs={items} mayChange={mayChange} />
              )}
              {mayChange && count("dead") > 0 && (
                <p className="buttons">
                  <Confirm
                    label="Retry dead letters"
                    title={`Retry all dead letters of ${kind}?`}
                    action="Retry"
                    isSending={change.isPending}
                    error={change.error}
                    onConfirm={() => change.mutateAsync({ path: `/v1/jobs/${kind}/revival`, method: "POST" })}
                  >
                    <p>The jobs return to the queue with a full set of attempts.</p>
                  </Confirm>
                </p>
              )}
            </Card>
          </>
        );
      }}
    </Answered>
  );
}

function JobTable({ jobs, mayChange }: { readonly jobs: readonly Job[]; readonly mayChange: boolean }) {
  const cancel = useServiceChange();
  return (
    <Table
      label="Jobs"
      rows={jobs}
      keyOf={({ id }) => id}
      columns={[
        { name: "State", width: "6.5rem", cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> },
        { name: "Added", width: "7rem", cell: ({ addedAtMs }) => <Ago ms={addedAtMs} /> },
        { name: "Duration", width: "6rem", isMinor: true, cell: tookText },
        {
          name: "Attempts",
          width: "4rem",
          isNumeric: true,
          isMinor: true,
          cell: ({ attempts }) => String(attempts),
        },
        { name: "Progress", width: "1fr", cell: (job) => <Progress job={job} /> },
        {
          name: "Result or error",
          width: "1fr",
          isMinor: true,
          cell: ({ output }) =>
            output === null ? "" : <code title={JSON.stringify(output)}>{JSON.stringify(output)}</code>,
        },
        {
          name: "ID",
          width: "8rem",
          isMinor: true,
          cell: ({ id }) => (
            <span className="hex" title={id}>
              <code>{id.slice(0, 8)}</code>
              <Copy text={id} label="job ID" />
            </span>
          ),
        },
        {
          name: "Action",
          width: "5.5rem",
          cell: ({ kind, id, state }) =>
            mayChange && CANCELLABLE.has(state) ? (
              <Confirm
                label="Cancel"
                title="Cancel this job?"
                action="Cancel the job"
                isDangerous
                isSending={cancel.isPending}
                error={cancel.error}
                onConfirm={() => cancel.mutateAsync({ path: `/v1/jobs/${kind}/${id}`, method: "DELETE" })}
              >
                {state === "dead" ? (
                  <p>The job is removed permanently. It cannot be retried.</p>
                ) : (
                  <p>Completed work may be lost. The job stops at its next step.</p>
                )}
              </Confirm>
            ) : null,
        },
      ]}
    />
  );
}

function Progress({ job: { progress, state } }: { readonly job: Job }) {
  if (progress === null) return <span className="soft">{state === "waiting" ? "not started" : "–"}</span>;
  if (state === "done") return <span className="soft">complete</span>;
  const { done, total, phase } = progress;
  const text = `${phase === undefined ? "" : `${phase} `}${countText(done)}${total === undefined ? "" : ` of ${countText(total)}`}`;
  return (
    <span title={text}>
      {total !== undefined && total > 0 && (
        <span className="meter">
          <span style={{ width: `${Math.min(100, (100 * done) / total)}%` }} />
        </span>
      )}
      <small className="soft">{text}</small>
    </span>
  );
}

function tookText({ addedAtMs, endedAtMs }: Job): string {
  if (endedAtMs === null) return "–";
  const seconds = (endedAtMs - addedAtMs) / 1_000;
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
}
