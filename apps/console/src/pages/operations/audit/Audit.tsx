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

/** Who did what. */
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
    return log.error === null ? (
      <Loading what="Reading the log from its beginning" />
    ) : (
      <Failure error={log.error} />
    );
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
  /** The service puts its head into a transparency log. */
  readonly isPublished: boolean;
}) {
  return (
    <Card
      title="Its chain, checked in this browser"
      aside={<Since timeMs={heardAtMs} isStale={error !== null} />}
    >
      <p role="status">
        {broken !== undefined ? (
          <Badge tone="bad">broken</Badge>
        ) : isWhole ? (
          <Badge tone="good">every link holds</Badge>
        ) : (
          <Badge tone="info">checking</Badge>
        )}{" "}
        {broken === undefined
          ? `${countText(checkedCount)} entries, each with the hash of the one before`
          : `at entry ${broken.sequence}: ${broken.reason}. What stands before it holds; what stands behind it proves nothing.`}
      </p>
      <Facts>
        <Fact name="Head">
          <HexText hex={head as `0x${string}`} label="head of the audit log" isWhole />
        </Fact>
      </Facts>
      <p className="soft">
        Entries that were cut off its end are seen by comparing this head with{" "}
        {isPublished ? "the one that the transparency log has" : "one that was kept elsewhere"}.
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
        <TextField label="Who, what, on what" value={wanted} onChange={setWanted} />
        <SelectField
          label="Outcome"
          value={outcome}
          onChange={setOutcome}
          options={OUTCOMES.map((one) => [one, one])}
        />
      </div>
      {opened !== undefined && <Opened entry={opened} onClose={() => setOpened(undefined)} />}
      {shown.length === 0 ? (
        <Empty title={entries.length === 0 ? "Nobody has done anything yet" : "No such entry"} />
      ) : (
        <Table
          label="Audit log"
          rows={shown}
          keyOf={({ sequence }) => String(sequence)}
          onOpen={setOpened}
          columns={[
            { name: "#", width: "3rem", isNumeric: true, cell: ({ sequence }) => String(sequence) },
            { name: "When", width: "6rem", cell: ({ timeMs }) => <Ago ms={timeMs} /> },
            { name: "What", width: "1fr", cell: ({ action }) => <b>{action}</b> },
            { name: "Who", width: "1fr", cell: ({ actor }) => <span title={actor}>{actor}</span> },
            {
              name: "On what",
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
              name: "More",
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
        <Fact name="Who">{entry.actor}</Fact>
        <Fact name="On what">{entry.subject === "" ? "–" : entry.subject}</Fact>
        <Fact name="Request">
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
        <Fact name="Before it">
          <HexText hex={entry.previousHash} label="hash of the entry before" />
        </Fact>
      </Facts>
    </section>
  );
}
