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

export function ParameterTable() {
  return (
    <Card title="Governance parameters" aside={<span>from contract storage</span>}>
      <Table
        label="Governance parameters"
        rows={ROWS}
        keyOf={({ name }) => name}
        columns={[
          { name: "Parameter", width: "1fr", cell: ({ title, name }) => <span title={name}>{title}</span> },
          { name: "Current", width: "7.6rem", isNumeric: true, cell: (row) => <Now row={row} /> },
          {
            name: "Minimum",
            width: "8rem",
            isNumeric: true,
            isMinor: true,
            cell: (row) => <Bound row={row} at={0} />,
          },
          {
            name: "Maximum",
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
