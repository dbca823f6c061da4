import { Link, useNavigate } from "@tanstack/react-router";
import type { Opportunity } from "@trellis/client/arbitrage";
import { Ago } from "../../ui/primitives.tsx";
import { Table } from "../../ui/Table.tsx";
import { OutcomeBadge } from "./outcomes.tsx";
import { TokenAmount, TokenName } from "./tokens.tsx";

export function OpportunityTable({ opportunities }: { readonly opportunities: readonly Opportunity[] }) {
  const navigate = useNavigate();
  return (
    <Table
      label="Opportunities"
      rows={opportunities}
      keyOf={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: "/arbitrage/opportunity/$id", params: { id } })}
      columns={[
        {
          name: "Found",
          width: "5rem",
          cell: ({ id, foundAtMs }) => (
            <Link to="/arbitrage/opportunity/$id" params={{ id }} className="row-link">
              <Ago ms={foundAtMs} />
            </Link>
          ),
        },
        { name: "Outcome", width: "5rem", cell: ({ outcome }) => <OutcomeBadge outcome={outcome} /> },
        { name: "Route", width: "1fr", isMinor: true, cell: (row) => <Way opportunity={row} /> },
        {
          name: "Amount in",
          width: "8rem",
          isNumeric: true,
          isMinor: true,
          cell: ({ token, amountIn }) => <TokenAmount token={token} amount={amountIn} />,
        },
        {
          name: "Expected profit",
          width: "8rem",
          isNumeric: true,
          cell: ({ token, expectedProfit }) => <TokenAmount token={token} amount={expectedProfit} isSigned />,
        },
        {
          name: "Reason",
          width: "1fr",
          isMinor: true,
          cell: ({ decisions }) => <Why decisions={decisions} />,
        },
      ]}
    />
  );
}

export function Way({
  opportunity: { hops, token },
}: {
  readonly opportunity: Pick<Opportunity, "hops" | "token">;
}) {
  return (
    <span className="way">
      <TokenName token={token} />
      {hops.map(({ pool, tokenOut }) => (
        <span key={pool}>
          {" → "}
          <TokenName token={tokenOut} />
        </span>
      ))}
    </span>
  );
}

function Why({ decisions }: Pick<Opportunity, "decisions">) {
  const last = decisions.at(-1);
  if (last === undefined) return null;
  return (
    <span className="soft" title={last.reason}>
      {last.reason}
    </span>
  );
}
