import { Link } from "@tanstack/react-router";
import type { Balance } from "@trellis/client/reserves";
import { countText } from "../../../format/units.ts";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { useReserves } from "../service/useReserves.ts";
import { Amount } from "../ui/Amount.tsx";
import { Answered } from "../ui/Refused.tsx";

interface Account {
  readonly asset: string;
  /** In base units, like `debt`. */
  readonly amount: string;
  readonly debt: string;
}

/** Debts are never deducted from balances. */
export function withDebts(owned: readonly Balance[], debts: readonly Balance[]): readonly Account[] {
  const debtOf = new Map(debts.map(({ asset, amount }) => [asset, amount]));
  const assets = new Set([...owned, ...debts].map(({ asset }) => asset));
  const ownedOf = new Map(owned.map(({ asset, amount }) => [asset, amount]));
  return [...assets].map((asset) => ({
    asset,
    amount: ownedOf.get(asset) ?? "0",
    debt: debtOf.get(asset) ?? "0",
  }));
}

export function areOwed(debts: readonly { readonly amount: string }[]): boolean {
  return debts.some(({ amount }) => amount !== "0");
}

export const DEBT_COLUMN = {
  name: "Debt",
  width: "1fr",
  isNumeric: true,
  cell: ({ asset, debt }: Account) => <Amount asset={asset} amount={debt} />,
} as const;

export function Balances({ customerId }: { readonly customerId: string }) {
  const balances = useReserves("getBalances", { customerId });
  return (
    <Answered query={balances} what="Loading balances">
      {({ position, balances: owned, debts }) => {
        const rows = withDebts(owned, debts);
        return rows.length === 0 ? (
          <Empty title="This customer has no ledger entries" />
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
            <p className="soft">as of ledger position {countText(BigInt(position))}</p>
          </>
        );
      }}
    </Answered>
  );
}
