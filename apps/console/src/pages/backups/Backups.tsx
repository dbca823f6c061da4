import { bytesText, countText } from "../../format/units.ts";
import { useRole } from "../../session/session.ts";
import { Paged } from "../../ui/Paged.tsx";
import { Ago, Badge, Card, When } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { AsOf } from "../operations/AsOf.tsx";
import { Confirm } from "../operations/Confirm.tsx";
import { WithAccess } from "../operations/ServiceChoice.tsx";
import { pathOf } from "../operations/services.ts";
import { useService, useServiceChange } from "../operations/useService.ts";
import { useServicePages } from "../operations/useServicePages.ts";
import {
  durationOf,
  KIND_NAMES,
  type KindJson,
  OUTCOMES,
  type ProblemJson,
  problemText,
  type RepositoryJson,
  type RunJson,
  type ScheduledKind,
  type StatusJson,
  stateOf,
} from "./backupJson.ts";
import "../operations/operations.css";

const EVERY_MS = 3_000;
/** Reading a repository is expensive. */
const LIST_EVERY_MS = 30_000;
const PATH = `${pathOf("backup")}/backups`;

export function Backups() {
  return (
    <>
      <div className="page-head">
        <h1>Backups</h1>
      </div>
      <WithAccess service="backup">
        <Status />
        <Repositories />
        <History />
      </WithAccess>
    </>
  );
}

function Status() {
  const query = useService<StatusJson>(`${PATH}/status`, EVERY_MS);
  const mayStart = ["admin", "operator"].includes(useRole() ?? "");
  return (
    <Answered query={query} what="Loading the status">
      {({ kinds, problems }) => (
        <>
          <Problems problems={problems} />
          <Card title="Schedule" aside={<AsOf query={query} />}>
            <KindTable kinds={kinds} />
            {mayStart && (
              <p className="buttons">
                <Start kind="full" label="Back up now" title="Make a full backup now?">
                  <p>The services keep running.</p>
                </Start>
                <Start kind="verify" label="Verify now" title="Verify the newest backup now?">
                  <p>The whole repository is read, and the newest backup is restored and proven.</p>
                </Start>
              </p>
            )}
          </Card>
        </>
      )}
    </Answered>
  );
}

export function Problems({ problems }: { readonly problems: readonly ProblemJson[] }) {
  return problems.map((problem) => (
    <div key={`${problem.condition} ${problem.kind} ${problem.repository}`} className="notice notice-bad">
      <p>
        <span role="alert">
          <strong>{problemText(problem)}</strong> ({problem.repository})
        </span>{" "}
        <span className="soft">
          last success: <Ago ms={problem.sinceMs} />
        </span>
      </p>
    </div>
  ));
}

export function KindTable({ kinds }: { readonly kinds: readonly KindJson[] }) {
  return (
    <Table
      label="Schedule"
      rows={kinds}
      keyOf={({ kind, repository }) => `${kind} ${repository}`}
      columns={[
        { name: "Type", width: "8rem", cell: ({ kind }) => <b>{KIND_NAMES[kind]}</b> },
        { name: "State", width: "9rem", cell: (row) => <StateBadges row={row} /> },
        {
          name: "Last success",
          width: "7rem",
          cell: ({ lastSuccess }) =>
            lastSuccess === null ? <span className="soft">never</span> : <Ago ms={lastSuccess.startedAtMs} />,
        },
        { name: "Next run", width: "1fr", isMinor: true, cell: ({ nextAtMs }) => <When ms={nextAtMs} /> },
        {
          name: "Duration",
          width: "6rem",
          isMinor: true,
          cell: ({ lastSuccess }) => (lastSuccess === null ? "–" : durationOf(lastSuccess)),
        },
        {
          name: "Result",
          width: "1fr",
          isMinor: true,
          cell: ({ lastSuccess }) => (lastSuccess === null ? "" : resultText(lastSuccess)),
        },
        { name: "Repository", width: "1fr", isMinor: true, cell: ({ repository }) => repository },
      ]}
    />
  );
}

function StateBadges({ row }: { readonly row: KindJson }) {
  const [text, tone] = stateOf(row);
  return (
    <>
      <Badge tone={tone}>{text}</Badge> {row.isRunning && <Badge tone="info">Running</Badge>}
    </>
  );
}

function resultText({ kind, bytes, addedBytes, backup, proofs }: RunJson): string {
  if (kind === "verify")
    return `${backup ?? ""} restored, ${bytesText(bytes)} checked, ${countText(proofs.length)} proofs`;
  return backup === null ? "nothing new" : `${bytesText(bytes)}, ${bytesText(addedBytes)} added`;
}

function Start({
  kind,
  label,
  title,
  children,
}: {
  readonly kind: ScheduledKind;
  readonly label: string;
  readonly title: string;
  readonly children: React.ReactNode;
}) {
  const start = useServiceChange();
  return (
    <Confirm
      label={label}
      title={title}
      action={label}
      isSending={start.isPending}
      error={start.error}
      onConfirm={() => start.mutateAsync({ path: PATH, method: "POST", body: { kind } })}
    >
      {children}
    </Confirm>
  );
}

function Repositories() {
  const query = useService<{ readonly items: readonly RepositoryJson[] }>(PATH, LIST_EVERY_MS);
  return (
    <Answered query={query} what="Loading the backups">
      {({ items }) =>
        items.map((one) => (
          <Card key={one.repository} title={`Backups in ${one.repository}`} aside={<AsOf query={query} />}>
            <BackupList repository={one} />
          </Card>
        ))
      }
    </Answered>
  );
}

export function BackupList({
  repository: { backups, code, reason },
}: {
  readonly repository: RepositoryJson;
}) {
  if (code !== null)
    return (
      <Empty title="The repository cannot be read">
        {code}: {reason}
      </Empty>
    );
  if (backups.length === 0) return <Empty title="No backups yet" />;
  return (
    <Table
      label="Backups"
      rows={backups}
      keyOf={({ id }) => id}
      columns={[
        { name: "Backup", width: "14rem", cell: ({ id }) => <code>{id}</code> },
        { name: "Type", width: "4rem", cell: ({ base }) => (base === null ? "Full" : "Log") },
        { name: "Time", width: "1fr", isMinor: true, cell: ({ atMs }) => <When ms={atMs} /> },
        { name: "Size", width: "6rem", isNumeric: true, cell: ({ bytes }) => bytesText(bytes) },
        {
          name: "Added",
          width: "6rem",
          isNumeric: true,
          isMinor: true,
          cell: ({ addedBytes }) => bytesText(addedBytes),
        },
        { name: "Release", width: "5rem", isMinor: true, cell: ({ release }) => release },
      ]}
    />
  );
}

function History() {
  const { query, items } = useServicePages<RunJson>(`${PATH}/runs?limit=50`, EVERY_MS);
  return (
    <Card title="History" aside={<AsOf query={query} />}>
      <Paged
        label="Runs"
        query={query}
        items={items}
        none="No runs yet"
        keyOf={({ id }) => String(id)}
        columns={[
          { name: "Type", width: "8rem", cell: ({ kind }) => KIND_NAMES[kind] },
          {
            name: "Outcome",
            width: "9rem",
            cell: ({ outcome }) => <Badge tone={OUTCOMES[outcome][1]}>{OUTCOMES[outcome][0]}</Badge>,
          },
          { name: "Started", width: "7rem", cell: ({ startedAtMs }) => <Ago ms={startedAtMs} /> },
          { name: "Duration", width: "6rem", isMinor: true, cell: durationOf },
          {
            name: "Result or error",
            width: "1fr",
            isMinor: true,
            cell: (run) =>
              run.code === null ? resultOf(run) : <span title={run.reason ?? ""}>{run.code}</span>,
          },
          { name: "Repository", width: "1fr", isMinor: true, cell: ({ repository }) => repository },
        ]}
      />
    </Card>
  );
}

function resultOf(run: RunJson): string {
  if (run.outcome !== "succeeded" || run.kind === "prune") return "";
  return resultText(run);
}
