import { Link } from "@tanstack/react-router";
import type { LedgerEntry } from "@trellis/client/reserves";
import { countText } from "../../../format/units.ts";
import { useRole } from "../../../session/session.ts";
import { Card } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { useReserves, useReservesPages } from "../service/useReserves.ts";
import { Amount } from "../ui/Amount.tsx";
import { Frame, OPERATORS, STAFF } from "../ui/Frame.tsx";
import { List } from "../ui/List.tsx";
import { Answered } from "../ui/Refused.tsx";
import { AddAsset } from "./AddAsset.tsx";
import { areOwed, DEBT_COLUMN, withDebts } from "./Balances.tsx";
import { EnterEntry } from "./EnterEntry.tsx";
import { ENTRY_COLUMNS } from "./entryColumns.tsx";
import { ImportFile } from "./ImportFile.tsx";

export function Ledger() {
  const role = useRole();
  const mayWrite = role !== undefined && OPERATORS.includes(role);
  return (
    <Frame title="Ledger" roles={STAFF}>
      <Totals />
      {mayWrite && (
        <>
          <div className="columns">
            <ImportFile />
            <AddAsset />
          </div>
          <Card title="Add ledger entry">
            <EnterEntry />
          </Card>
        </>
      )}
      <Entries />
    </Frame>
  );
}

function Totals() {
  const totals = useReserves("getTotals", {});
  return (
    <Card
      title="Totals by asset"
      aside={totals.data && <span>as of ledger position {countText(BigInt(totals.data.position))}</span>}
    >
      <Answered query={totals} what="Loading totals">
        {({ balances, debts }) =>
          balances.length + debts.length === 0 ? (
            <Empty title="No ledger entries yet" />
          ) : (
            <Table
              label="Totals by asset"
              rows={withDebts(balances, debts)}
              keyOf={({ asset }) => asset}
              columns={[
                { name: "Asset", width: "8rem", cell: ({ asset }) => asset },
                {
                  name: "Liabilities",
                  width: "1fr",
                  isNumeric: true,
                  cell: ({ asset, amount }) => <Amount asset={asset} amount={amount} hasCopy />,
                },
                ...(areOwed(debts) ? [{ ...DEBT_COLUMN, name: "Customer debts" }] : []),
              ]}
            />
          )
        }
      </Answered>
    </Card>
  );
}

const COLUMNS = [
  ENTRY_COLUMNS[0],
  {
    name: "Customer",
    width: "1fr",
    cell: ({ customer }: LedgerEntry) => (
      <Link to="/reserves/customer/$id" params={{ id: customer }} title={customer}>
        {customer}
      </Link>
    ),
  },
  ...ENTRY_COLUMNS.slice(1),
];

function Entries() {
  const { query, items } = useReservesPages("listEntries", {});
  return (
    <Card title="All ledger entries" aside={<span>oldest first</span>}>
      <List
        label="Ledger entries"
        query={query}
        items={items}
        none="No ledger entries yet"
        keyOf={({ position }) => position}
        columns={COLUMNS}
      />
    </Card>
  );
}
