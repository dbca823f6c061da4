import { useMutation } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { GetStatementAnswer } from "@trellis/client/reserves";
import { useState } from "react";
import { parseWhole, rightOf, wrongOf } from "../../../format/parse.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { Badge, Card } from "../../../ui/primitives.tsx";
import { Table } from "../../../ui/Table.tsx";
import { ENTRY_COLUMNS } from "../ledger/entryColumns.tsx";
import { client } from "../service/client.ts";
import { useReservesPages } from "../service/useReserves.ts";
import { Amount } from "../ui/Amount.tsx";
import { csvText, download, fileName } from "../ui/download.ts";
import { Frame } from "../ui/Frame.tsx";
import { List } from "../ui/List.tsx";

export function AccountPage() {
  const { id, asset } = useParams({ strict: false }) as { id: string; asset: string };
  return (
    <Frame title={`${asset} of ${id}`} roles={["admin", "operator", "auditor", "customer"]}>
      <Account customerId={id} assetId={asset} />
    </Frame>
  );
}

interface AccountProps {
  readonly customerId: string;
  readonly assetId: string;
}

type Side = GetStatementAnswer["side"];

function Account({ customerId, assetId }: AccountProps) {
  const [side, setSide] = useState<Side>("equity");
  const { query, items } = useReservesPages("listHistory", { customerId, assetId, side });
  return (
    <>
      <SelectField
        label="Account"
        value={side}
        onChange={setSide}
        options={[
          ["equity", "Equity: customer's balance"],
          ["debt", "Debt: customer owes the custodian"],
        ]}
      />
      <Statement
        key={side}
        customerId={customerId}
        assetId={assetId}
        side={side}
        newest={items?.at(-1)?.position}
      />
      <Card title="All entries" aside={<span>oldest first</span>}>
        <List
          label={`Entries of ${assetId}`}
          query={query}
          items={items}
          none="No entries"
          keyOf={({ position }) => position}
          columns={ENTRY_COLUMNS}
        />
      </Card>
    </>
  );
}

const POSITION_MAX = 10n ** 18n - 1n;

function Statement({
  customerId,
  assetId,
  side,
  newest,
}: AccountProps & { readonly side: Side; readonly newest: string | undefined }) {
  const [after, setAfter] = useState("0");
  const [upTo, setUpTo] = useState("");
  const from = parseWhole(after, 0n, POSITION_MAX);
  const to = parseWhole(upTo === "" ? (newest ?? "") : upTo, 0n, POSITION_MAX);
  const asking = useMutation({
    mutationFn: () =>
      client.call("getStatement", {
        customerId,
        assetId,
        side,
        after: String(rightOf(from)),
        upTo: String(rightOf(to)),
      }),
  });
  return (
    <Card title="Statement">
      <Form
        label="Statement"
        isValid={wrongOf(from) === undefined && wrongOf(to) === undefined}
        isSending={asking.isPending}
        onSubmit={() => asking.mutate()}
        action="Show"
      >
        <div className="fields">
          <TextField
            label="After position"
            value={after}
            onChange={setAfter}
            inputMode="numeric"
            wrong={wrongOf(from)}
          />
          <TextField
            label="Up to position"
            value={upTo}
            onChange={setUpTo}
            inputMode="numeric"
            placeholder={newest ?? ""}
            hint="The snapshot page shows the ledger position that the snapshot covers."
            wrong={wrongOf(to)}
          />
        </div>
      </Form>
      <ProblemText error={asking.error} />
      {asking.data !== undefined && <StatementText statement={asking.data} />}
    </Card>
  );
}

function StatementText({ statement }: { readonly statement: GetStatementAnswer }) {
  const { asset, opening, closing, lines, after, upTo, customer } = statement;
  const sum = lines.reduce((total, { amount }) => total + BigInt(amount), 0n);
  const fits = BigInt(opening) + sum === BigInt(closing);
  const keep = (): void => {
    const head = ["position", "kind", "amount", "balance", "reference", "happenedAt"];
    const rows = lines.map(({ position, kind, amount, balance, reference, happenedAtMs }) => [
      ...[position, kind, amount, balance, reference, new Date(happenedAtMs).toISOString()],
    ]);
    download(
      `statement-${fileName(customer)}-${asset}-${after}-${upTo}.csv`,
      csvText([head, ...rows]),
      "text/csv",
    );
  };
  return (
    <>
      <p className="sum">
        <Amount asset={asset} amount={opening} /> <span className="soft">opening</span>{" "}
        <Amount asset={asset} amount={sum} isSigned /> <span className="soft">in {lines.length} entries</span>{" "}
        = <Amount asset={asset} amount={closing} /> <span className="soft">closing</span>{" "}
        <Badge tone={fits ? "good" : "bad"}>{fits ? "balanced" : "not balanced"}</Badge>
      </p>
      <Table
        label="Statement lines"
        rows={lines}
        keyOf={({ position }) => position}
        columns={ENTRY_COLUMNS}
        footer={
          <div className="list-foot">
            <button type="button" onClick={keep}>
              Download CSV
            </button>
          </div>
        }
      />
    </>
  );
}
