import { useQuery } from "@tanstack/react-query";
import type { Hex } from "viem";
import { countText, shortHex, toNumber } from "../../format/units.ts";
import { node } from "../../live/node.ts";
import { Ago, Card } from "../../ui/primitives.tsx";
import { Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";

export interface WorkerJson {
  /** ADDRESS.NAME */
  readonly worker: string;
  readonly connections: number;
  readonly hashRate: number;
  readonly accepted: number;
  readonly stale: number;
  readonly invalid: number;
  readonly duplicate: number;
  readonly blocks: number;
  readonly lastShareMs: Hex | null;
}

const EVERY_MS = 5_000;

/** Nothing if the node does not serve the role `mining`. */
export function MiningWorkers() {
  const { data } = useQuery({
    queryKey: ["miningWorkers"],
    queryFn: ({ signal }) => node.request<readonly WorkerJson[]>("trellis_getMiningWorkers", [], signal),
    // Repeated calls of a missing method would spoil the visitor's reputation. [GUARD-6]
    refetchInterval: ({ state }) => (state.status === "success" ? EVERY_MS : false),
  });
  return data === undefined ? null : <WorkerList workers={data} />;
}

export function WorkerList({ workers }: { readonly workers: readonly WorkerJson[] }) {
  const hashRate = workers.reduce((sum, worker) => sum + worker.hashRate, 0);
  return (
    <Card title="Stratum workers" aside={<span>{hashRateText(hashRate)} in all</span>}>
      {workers.length === 0 ? (
        <Empty title="No Stratum workers">Miners of kHeavyHash connect to a node with `--stratum`.</Empty>
      ) : (
        <Table
          label="Stratum workers"
          rows={workers}
          keyOf={({ worker }) => worker}
          columns={[
            {
              name: "Worker",
              width: "1fr",
              cell: ({ worker }) => <code title={worker}>{nameOf(worker)}</code>,
            },
            { name: "Hash rate", width: "8rem", isNumeric: true, cell: (row) => hashRateText(row.hashRate) },
            { name: "Shares", width: "6rem", isNumeric: true, cell: (row) => countText(row.accepted) },
            {
              name: "Stale",
              width: "5rem",
              isNumeric: true,
              isMinor: true,
              cell: (row) => countText(row.stale),
            },
            {
              name: "Invalid",
              width: "5rem",
              isNumeric: true,
              isMinor: true,
              cell: (row) => countText(row.invalid + row.duplicate),
            },
            { name: "Blocks", width: "5rem", isNumeric: true, cell: (row) => countText(row.blocks) },
            { name: "Last share", width: "8rem", isMinor: true, cell: lastShare },
          ]}
        />
      )}
    </Card>
  );
}

function nameOf(worker: string): string {
  const [address, name] = worker.split(".");
  return [shortHex(address!, 4), ...(name === undefined ? [] : [name])].join(".");
}

function lastShare({ connections, lastShareMs }: WorkerJson) {
  if (connections === 0) return "disconnected";
  return lastShareMs === null ? "none" : <Ago ms={toNumber(lastShareMs)} />;
}

function hashRateText(hashesPerS: number): string {
  return `${countText(Math.round(hashesPerS))} H/s`;
}
