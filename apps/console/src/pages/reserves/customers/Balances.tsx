import { Link } from "@tanstack/react-router";
import type { Balance } from "@trellis/client/reserves";
import { countText } from "../../../format/units.ts";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { useReserves } from "../service/useReserves.ts";
import { Amount } from "../ui/Amount.tsx";
import { Answered } from "../ui/Refused.tsx";

export interface Account {
  readonly asset: string;
  /** In base units: what is owned, and what is owed. */
  readonly amount: string;
  readonly debt: string;
}

/** What is owed stands beside what is owned and is never taken off it. */
export function withDebts(owned: readonly Balance[], debts: readonly Balance[]): readonly Account[] {
  const debtOf = new Map(debts.map(({ asset, amount }) => [asset, amount]));
  const assets = new Set([...owned, ...debts].map(({ asset }) => asset));
  const ownedOf = new Map(owned.map(({ asset, amount }) => [asset, amount]));
  return [...assets].map((asset) => ({
    ...{ asset, amount: ownedOf.get(asset) ?? "0", debt: debtOf.get(asset) ?? "0" },
  }));
}

/** Whether there is anything to stand beside what is owned. */
export function areOwed(debts: readonly { readonly amount: string }[]): boolean {
  return debts.some(({ amount }) => amount !== "0");
}

export const DEBT_COLUMN = {
  name: "Owes",
  width: "1fr",
  isNumeric: true,
  cell: ({ asset, debt }: Account) => <Amount asset={asset} amount={debt} />,
} as const;

/** What a customer owns now, asset by asset. */
export function Balances({ customerId }: { readonly customerId: string }) {
  const balances = useReserves("getBalances", { customerId });
  return (
    <Answered query={balances} what="Reading balances">
      {({ position, balances: owned, debts }) => {
        const rows = withDebts(owned, debts);
        return rows.length === 0 ? (
          <Empty title="Nothing was entered for this customer" />
        ) : (
          <>
            <Table
              label="Balances"
              rows={rows}
              keyOf={({ asset }) => asset}
              columns={[
                {
                  name: "Asset",
                  width: "8rem",
                  cell: ({ asset }) => (
                    <Link to="/reserves/customer/$id/asset/$asset" params={{ id: customerId, asset }}>
                      {asset}
                    </Link>
                  ),
                },
                {
                  name: "Balance",
                  width: "1fr",
                  isNumeric: true,
                  cell: ({ asset, amount }) => <Amount asset={asset} amount={amount} hasCopy />,
                },
                ...(areOwed(debts) ? [DEBT_COLUMN] : []),
              ]}
            />
            <p className="soft">as of entry {countText(BigInt(position))} of the ledger</p>
          </>
        );
      }}
    </Answered>
  );
}
