import { useState } from "react";
import { countText } from "../../../format/units.ts";
import { SelectField, TextField } from "../../../ui/Form.tsx";
import { Ago, Badge, Card, Fact, Facts, HexText, type Tone, When } from "../../../ui/primitives.tsx";
import { Empty, Failure, Loading } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { Since } from "../AsOf.tsx";
import { ServiceChoice, WithAccess } from "../ServiceChoice.tsx";
import { KNOWING, pathOf, type ServiceName } from "../services.ts";
import { type AuditLog, useAuditLog } from "./useAuditLog.ts";
import type { AuditEntryJson } from "./verifyChain.ts";
import "../operations.css";

const TONES: Readonly<Record<AuditEntryJson["outcome"], Tone>> = {
  done: "good",
  refused: "warn",
  failed: "bad",
};
const OUTCOMES = ["all", "done", "refused", "failed"] as const;

export function Audit() {
  const [service, setService] = useState<ServiceName>(KNOWING[0] ?? "reserves");
  return (
    <>
      <div className="page-head">
        <h1>Audit log</h1>
        <ServiceChoice value={service} onChange={setService} among={KNOWING} />
      </div>
      <WithAccess service={service}>
        <Chain key={service} service={service} />
      </WithAccess>
    </>
  );
}

function Chain({ service }: { readonly service: ServiceName }) {
  const log = useAuditLog(`${pathOf(service)}/audit-log`);
  if (log.heardAtMs === 0) {
    return log.error === null ? <Loading what="Loading the audit log" /> : <Failure error={log.error} />;
  }
  return (
    <>
      <Verdict log={log} isPublished={service === "reserves"} />
      <Entries entries={log.entries} />
    </>
  );
}

function Verdict({
  log: { checkedCount, head, broken, isWhole, heardAtMs, error },
  isPublished,
}: {
  readonly log: AuditLog;
  readonly isPublished: boolean;
}) {
  return (
    <Card
      title="Hash chain, verified in this browser"
      aside={<Since timeMs={heardAtMs} isStale={error !== null} />}
    >
      <p role="status">
        {broken !== undefined ? (
          <Badge tone="bad">broken</Badge>
        ) : isWhole ? (
          <Badge tone="good">hash chain valid</Badge>
        ) : (
          <Badge tone="info">verifying</Badge>
        )}{" "}
        {broken === undefined
          ? `${countText(checkedCount)} entries, each with the hash of the previous entry`
          : `at entry ${broken.sequence}: ${broken.reason}. Entries before it are valid. Entries after it prove nothing.`}
      </p>
      <Facts>
        <Fact name="Head">
          <HexText hex={head as `0x${string}`} label="head of the audit log" isWhole />
        </Fact>
      </Facts>
      <p className="soft">
        To detect entries removed from the end, compare this head with{" "}
        {isPublished ? "the head in the transparency log" : "a head stored elsewhere"}.
      </p>
    </Card>
  );
}

function Entries({ entries }: { readonly entries: readonly AuditEntryJson[] }) {
  const [wanted, setWanted] = useState("");
  const [outcome, setOutcome] = useState<(typeof OUTCOMES)[number]>("all");
  const [opened, setOpened] = useState<AuditEntryJson>();
  const text = wanted.toLowerCase();
  const shown = entries
    .filter(
      (entry) =>
        (outcome === "all" || entry.outcome === outcome) &&
        `${entry.actor} ${entry.action} ${entry.subject} ${entry.correlationId}`.toLowerCase().includes(text),
    )
    .toReversed();
  return (
    <Card title="Entries" aside={<span>newest first</span>}>
      <div className="field-row">
        <TextField label="Actor, action or subject" value={wanted} onChange={setWanted} />
        <SelectField
          label="Outcome"
          value={outcome}
          onChange={setOutcome}
          options={OUTCOMES.map((one) => [one, one])}
        />
      </div>
      {opened !== undefined && <Opened entry={opened} onClose={() => setOpened(undefined)} />}
      {shown.length === 0 ? (
        <Empty title={entries.length === 0 ? "No entries yet" : "No matching entries"} />
      ) : (
        <Table
          label="Audit log"
          rows={shown}
          keyOf={({ sequence }) => String(sequence)}
          onOpen={setOpened}
          columns={[
            { name: "#", width: "3rem", isNumeric: true, cell: ({ sequence }) => String(sequence) },
            { name: "When", width: "6rem", cell: ({ timeMs }) => <Ago ms={timeMs} /> },
            { name: "Action", width: "1fr", cell: ({ action }) => <b>{action}</b> },
            { name: "Actor", width: "1fr", cell: ({ actor }) => <span title={actor}>{actor}</span> },
            {
              name: "Subject",
              width: "1fr",
              isMinor: true,
              cell: ({ subject }) => <span title={subject}>{subject}</span>,
            },
            {
              name: "Outcome",
              width: "6rem",
              cell: ({ outcome: came }) => <Badge tone={TONES[came]}>{came}</Badge>,
            },
            {
              name: "Details",
              width: "5rem",
              isMinor: true,
              cell: (entry) => (
                <button type="button" onClick={() => setOpened(entry)}>
                  Open<span className="visually-hidden"> entry {entry.sequence}</span>
                </button>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}

function Opened({ entry, onClose }: { readonly entry: AuditEntryJson; readonly onClose: () => void }) {
  const facts = Object.entries(entry.facts);
  return (
    <section className="opened" aria-label={`Entry ${entry.sequence}`}>
      <header>
        <h3>
          Entry {entry.sequence}: {entry.action}
        </h3>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </header>
      <Facts>
        <Fact name="When">
          <When ms={entry.timeMs} />
        </Fact>
        <Fact name="Actor">{entry.actor}</Fact>
        <Fact name="Subject">{entry.subject === "" ? "–" : entry.subject}</Fact>
        <Fact name="Request ID">
          <code>{entry.correlationId}</code>
        </Fact>
        {facts.map(([name, fact]) => (
          <Fact key={name} name={name}>
            {fact}
          </Fact>
        ))}
        <Fact name="Hash">
          <HexText hex={entry.hash} label="hash" />
        </Fact>
        <Fact name="Previous hash">
          <HexText hex={entry.previousHash} label="hash of the previous entry" />
        </Fact>
      </Facts>
    </section>
  );
}
