import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { SelectField } from "../../../ui/Form.tsx";
import { Card } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { client, watched } from "../service/client.ts";
import { csvText, download } from "../ui/download.ts";
import { Frame, STAFF } from "../ui/Frame.tsx";
import { usePublishedRecords } from "../verify/publishedRecords.ts";

export function Reports() {
  return (
    <Frame title="Reports" roles={STAFF}>
      <Choice />
    </Frame>
  );
}

const PAGE_ITEMS = 200;

function Choice() {
  const records = usePublishedRecords();
  const role = useRole();
  const [chosen, setChosen] = useState("");
  const number = Number(chosen === "" ? (records[0]?.number ?? 0) : chosen);
  const making = useMutation({ mutationFn: (make: () => Promise<void>) => make() });
  const offer = (name: string, what: string, make: () => Promise<void>) => (
    <li>
      <button type="button" disabled={making.isPending} onClick={() => making.mutate(make)}>
        {name}
      </button>{" "}
      <span className="soft">{what}</span>
    </li>
  );
  return (
    <>
      <Card title="Snapshot reports">
        {records.length === 0 ? (
          <Empty title="No signed snapshot yet" />
        ) : (
          <>
            <SelectField
              label="Snapshot"
              value={String(number)}
              onChange={setChosen}
              options={records.map((record) => [String(record.number), `snapshot ${record.number}`] as const)}
            />
            <ul className="offers">
              {offer("Audit report, PDF", "for readers: snapshot record, log, attestation, incidents", () =>
                keepReport(number, "application/pdf", "pdf"),
              )}
              {offer("Audit report, JSON", "the same data for programs", () =>
                keepReport(number, "application/json", "json"),
              )}
              {offer("By asset, CSV", "liabilities, reserves, haircut and coverage by asset", () =>
                keepReport(number, "text/csv", "csv"),
              )}
              {role !== "operator" && (
                <li>
                  <a
                    className="button"
                    href={`/v1/snapshots/${number}/export`}
                    download={`snapshot-${number}.jsonl`}
                  >
                    Full export, JSON lines
                  </a>{" "}
                  <span className="soft">
                    for auditors and regulators: all balances with their proofs, verifiable offline
                  </span>
                </li>
              )}
            </ul>
          </>
        )}
      </Card>
      <Card title="Ledger reports">
        <ul className="offers">
          {offer("Totals, CSV", "liabilities by asset", keepTotals)}
          {offer("Entries, CSV", "all ledger entries, in order", keepEntries)}
          {offer("Customers, CSV", "ID, date added, erased or not", keepCustomers)}
        </ul>
      </Card>
      {making.isPending && <p role="status">Loading…</p>}
      <ProblemText error={making.error} />
    </>
  );
}

async function keepReport(number: number, type: string, extension: string): Promise<void> {
  const response = await watched(`/v1/snapshots/${number}/report`, { headers: { accept: type } });
  download(`report-${number}.${extension}`, await response.blob(), type);
}

async function keepTotals(): Promise<void> {
  const { position, balances } = await client.call("getTotals", {});
  const rows = balances.map(({ asset, amount }) => [asset, amount]);
  download(`totals-${position}.csv`, csvText([["asset", "amount"], ...rows]), "text/csv");
}

async function keepEntries(): Promise<void> {
  const head = [
    "position",
    "key",
    "customer",
    "asset",
    "kind",
    "amount",
    "balance",
    "reference",
    "happenedAt",
  ];
  const rows: unknown[][] = [];
  for await (const entry of client.pages("listEntries", { limit: PAGE_ITEMS })) {
    const { position, key, customer, asset, kind, amount, balance, reference, happenedAtMs } = entry;
    const at = new Date(happenedAtMs).toISOString();
    rows.push([position, key, customer, asset, kind, amount, balance, reference, at]);
  }
  download("entries.csv", csvText([head, ...rows]), "text/csv");
}

async function keepCustomers(): Promise<void> {
  const rows: unknown[][] = [];
  for await (const { id, addedAtMs, isErased } of client.pages("listCustomers", { limit: PAGE_ITEMS })) {
    rows.push([id, new Date(addedAtMs).toISOString(), isErased]);
  }
  download("customers.csv", csvText([["customer", "addedAt", "isErased"], ...rows]), "text/csv");
}
