import { decimalsOf, GOVERNED, type Governed, parameters } from "../../contracts/parameters.ts";
import { staking } from "../../contracts/staking.ts";
import { decimalText } from "../../format/units.ts";
import { useContract } from "../../live/contracts.ts";
import { Badge, Card } from "../../ui/primitives.tsx";
import { Table } from "../../ui/Table.tsx";

interface Row extends Governed {
  readonly id: bigint;
}

const ROWS: readonly Row[] = GOVERNED.map((governed, id) => ({ ...governed, id: BigInt(id) }));

/** What may be governed, its values now and in the next epoch, and the bounds that nobody can move. */
export function ParameterTable() {
  return (
    <Card title="Governed values" aside={<span>from the contract's storage, now</span>}>
      <Table
        label="Governed values"
        rows={ROWS}
        keyOf={({ name }) => name}
        columns={[
          { name: "Value", width: "1fr", cell: ({ title, name }) => <span title={name}>{title}</span> },
          { name: "Now", width: "7.6rem", isNumeric: true, cell: (row) => <Now row={row} /> },
          {
            name: "Least",
            width: "8rem",
            isNumeric: true,
            isMinor: true,
            cell: (row) => <Bound row={row} at={0} />,
          },
          {
            name: "Greatest",
            width: "8rem",
            isNumeric: true,
            isMinor: true,
            cell: (row) => <Bound row={row} at={1} />,
          },
        ]}
      />
    </Card>
  );
}

function governedText(value: bigint, { unit }: Governed): string {
  return decimalText(value, decimalsOf(unit), 9);
}

function Now({ row }: { readonly row: Row }) {
  const now = useContract(parameters, "get", [row.id]);
  const epoch = useContract(staking, "epoch", []);
  const nextEpoch = BigInt(epoch.data ?? 0) + 1n;
  const next = useContract(parameters, "valueAt", [row.id, nextEpoch], epoch.data !== undefined);
  if (now.data === undefined) return <>…</>;
  const isChanging = next.data !== undefined && next.data !== now.data;
  return (
    <span className="stacked">
      <span>
        {governedText(now.data, row)}
        {isChanging && (
          <>
            {" "}
            <Badge tone="warn">→ {governedText(next.data, row)}</Badge>
          </>
        )}
      </span>
      <small className="soft">{row.unit}</small>
    </span>
  );
}

function Bound({ row, at }: { readonly row: Row; readonly at: 0 | 1 }) {
  const { data } = useContract(parameters, "bounds", [row.id]);
  return <>{data === undefined ? "…" : governedText(data[at], row)}</>;
}
