import { useMutation } from "@tanstack/react-query";
import type { Incident } from "@trellis/client/reserves";
import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { Ago, Badge, Card, Fact, Facts, type Tone } from "../../../ui/primitives.tsx";
import { Table } from "../../../ui/Table.tsx";
import { client } from "../service/client.ts";
import { refresh, useChange, useReserves, useReservesPages } from "../service/useReserves.ts";
import { Frame, OPERATORS, STAFF } from "../ui/Frame.tsx";
import { JobProgress } from "../ui/JobProgress.tsx";
import { List } from "../ui/List.tsx";
import { TimeText } from "../ui/TimeText.tsx";

const TONES: Readonly<Record<Incident["severity"], Tone>> = {
  critical: "bad",
  warning: "warn",
  notice: "info",
};

export function Incidents() {
  const role = useRole();
  return (
    <Frame title="Reconciliation" roles={STAFF}>
      {role !== undefined && OPERATORS.includes(role) && <Run />}
      <Found />
      <Runs />
    </Frame>
  );
}

const OLD_BY_RUN = ["listIncidents", "listJobs"] as const;

function Run() {
  const comparing = useChange("reconcile", ["listJobs"]);
  const rebasing = useChange("rebaseReconciliation", ["listJobs"]);
  const [isSure, setSure] = useState(false);
  const job = comparing.data ?? rebasing.data;
  return (
    <Card title="Compare ledger, snapshots and on-chain balances">
      <p className="soft">Reconciliation runs on a schedule, or now if you start it here.</p>
      <div className="buttons">
        <button
          type="button"
          className="primary"
          disabled={comparing.isPending}
          onClick={() => {
            rebasing.reset();
            comparing.mutate({});
          }}
        >
          Reconcile now
        </button>
        {isSure ? (
          <>
            <button
              type="button"
              disabled={rebasing.isPending}
              onClick={() => {
                comparing.reset();
                setSure(false);
                rebasing.mutate({});
              }}
            >
              Accept current on-chain balances
            </button>
            <button type="button" onClick={() => setSure(false)}>
              Cancel
            </button>
          </>
        ) : (
          <button type="button" onClick={() => setSure(true)}>
            Accept on-chain balances…
          </button>
        )}
      </div>
      {job !== undefined && <JobProgress key={job.id} job={job} onDone={() => refresh(OLD_BY_RUN)} />}
      <ProblemText error={comparing.error ?? rebasing.error} />
    </Card>
  );
}

function Found() {
  const [state, setState] = useState<"open" | "closed">("open");
  const [chosen, setChosen] = useState<string>();
  const { query, items } = useReservesPages("listIncidents", { state });
  const incident = items?.find(({ id }) => id === chosen);
  return (
    <Card title="Incidents" aside={<span>newest first</span>}>
      <LastCompared />
      <SelectField
        label="Show"
        value={state}
        onChange={setState}
        options={[
          ["open", "open"],
          ["closed", "closed"],
        ]}
      />
      <List
        label="Incidents"
        query={query}
        items={items}
        none={state === "open" ? "No open incidents" : "No closed incidents"}
        keyOf={({ id }) => id}
        onOpen={({ id }) => setChosen(id)}
        columns={[
          {
            name: "Severity",
            width: "7rem",
            cell: ({ severity }) => <Badge tone={TONES[severity]}>{severity}</Badge>,
          },
          {
            name: "Incident",
            width: "1fr",
            cell: ({ id, kind }) => (
              <button type="button" className="link" onClick={() => setChosen(id)}>
                {kind}
              </button>
            ),
          },
          { name: "Asset", width: "6rem", cell: ({ asset }) => asset ?? "—" },
          {
            name: "Difference",
            width: "1fr",
            isNumeric: true,
            isMinor: true,
            cell: ({ difference }) => <span className="amount">{difference}</span>,
          },
          {
            name: "Opened",
            width: "13rem",
            isMinor: true,
            cell: ({ openedAtMs }) => <TimeText ms={openedAtMs} />,
          },
          {
            name: "Acknowledged by",
            width: "8rem",
            isMinor: true,
            cell: ({ acknowledgedBy }) => acknowledgedBy ?? <Badge tone="warn">nobody</Badge>,
          },
        ]}
      />
      {incident !== undefined && (
        <OneIncident key={`${incident.id} ${incident.version}`} incident={incident} />
      )}
    </Card>
  );
}

function OneIncident({ incident }: { readonly incident: Incident }) {
  const role = useRole();
  const { id, kind, asset, expected, got, difference, openedAtMs, closedAtMs, acknowledgedBy, note } =
    incident;
  return (
    <section className="detail" aria-label={`Incident ${id}`}>
      <h3>
        {kind} {asset}
      </h3>
      <Facts>
        <Fact name="Expected">
          <span className="amount">{expected}</span>
        </Fact>
        <Fact name="Actual">
          <span className="amount">{got}</span>
        </Fact>
        <Fact name="Difference">
          <span className="amount">{difference}</span>
        </Fact>
        <Fact name="Opened">
          <TimeText ms={openedAtMs} />
        </Fact>
        {closedAtMs !== null && (
          <Fact name="Closed automatically">
            <TimeText ms={closedAtMs} />
          </Fact>
        )}
        {acknowledgedBy !== null && (
          <Fact name="Acknowledged by">
            {acknowledgedBy}: {note}
          </Fact>
        )}
      </Facts>
      {closedAtMs === null && role !== undefined && OPERATORS.includes(role) && (
        <Acknowledge incident={incident} />
      )}
    </section>
  );
}

const NOTE_CHARS_MAX = 1_024;

/** Sends the version that the user has read, so that no concurrent change is lost. */
function Acknowledge({ incident: { id, version } }: { readonly incident: Incident }) {
  const [note, setNote] = useState("");
  const sending = useMutation({
    mutationFn: () =>
      client.call("acknowledgeIncident", {
        incidentId: id,
        body: { note: note.trim() },
        ifMatch: `"${version}"`,
      }),
    onSettled: () => refresh(["listIncidents"]),
  });
  const wrong = note.trim() === "" ? "Enter a note." : undefined;
  return (
    <>
      <Form
        label="Acknowledge incident"
        isValid={wrong === undefined}
        isSending={sending.isPending}
        onSubmit={() => sending.mutate()}
        action="Acknowledge"
      >
        <TextField
          label="Note"
          value={note}
          onChange={setNote}
          isLong
          maxLength={NOTE_CHARS_MAX}
          hint="The incident closes automatically when the difference is gone."
          wrong={wrong}
        />
      </Form>
      <ProblemText error={sending.error} />
    </>
  );
}

const LOOK_MS = 15_000;
const RUNS_SHOWN = 20;

const useRuns = () =>
  useReserves("listJobs", { kind: "reconciliation", limit: RUNS_SHOWN }, { everyMs: LOOK_MS });

export function LastCompared() {
  const { data } = useRuns();
  if (data === undefined) return null;
  const last = data.items.find(({ state }) => state === "done");
  const hasFailed = data.items.find(({ state }) => state === "done" || state === "dead")?.state === "dead";
  return (
    <p className={last === undefined || hasFailed ? "notice notice-warn" : "soft"}>
      {last === undefined ? (
        "No reconciliation has finished yet."
      ) : (
        <>
          Last reconciliation: <Ago ms={last.endedAtMs ?? last.addedAtMs} />.
        </>
      )}
      {hasFailed && " The latest run failed."}
    </p>
  );
}

function Runs() {
  const jobs = useRuns();
  if (jobs.data === undefined || jobs.data.items.length === 0) return null;
  return (
    <Card title="Reconciliation runs" aside={<span>newest first</span>}>
      <Table
        label="Reconciliation runs"
        rows={jobs.data.items}
        keyOf={({ id }) => id}
        columns={[
          {
            name: "State",
            width: "8rem",
            cell: ({ state }) => (
              <Badge tone={state === "done" ? "good" : state === "dead" ? "bad" : "info"}>{state}</Badge>
            ),
          },
          { name: "Started", width: "1fr", cell: ({ addedAtMs }) => <TimeText ms={addedAtMs} /> },
          {
            name: "Finished",
            width: "1fr",
            isMinor: true,
            cell: ({ endedAtMs }) => (endedAtMs === null ? "—" : <TimeText ms={endedAtMs} />),
          },
          {
            name: "Attempts",
            width: "6rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ attempts }) => attempts,
          },
        ]}
      />
    </Card>
  );
}
