import { useQuery } from "@tanstack/react-query";
import type { Hex } from "viem";
import { isRefusal } from "../../errors.ts";
import { countText, shortHex, toNumber } from "../../format/units.ts";
import { node } from "../../live/node.ts";
import { Ago, Card, Coins, Figure } from "../../ui/primitives.tsx";
import { Empty, Failure, Loading } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { UntrustedText } from "../../ui/UntrustedText.tsx";
import { hashRateText } from "./hashRateText.ts";

export interface WorkerJson {
  readonly source: "node" | "rpc" | "stratum";
  readonly stream: string;
  /** ADDRESS or ADDRESS.NAME */
  readonly worker: string;
  readonly device: string;
  readonly connections: number;
  readonly hashRate: number;
  readonly accepted: number;
  readonly stale: number;
  readonly invalid: number;
  readonly duplicate: number;
  readonly blocks: number;
  readonly blue: number;
  readonly red: number;
  readonly rewardsWei: Hex;
  readonly lastShareMs: Hex | null;
}

const EVERY_MS = 5_000;
const DEVICE_CHARACTERS_MAX = 20;

export function MiningWorkers() {
  const { data, error } = useQuery({
    queryKey: ["miningWorkers"],
    queryFn: ({ signal }) => node.request<readonly WorkerJson[]>("trellis_getMiningWorkers", [], signal),
    // Repeated calls of a missing method would spoil the visitor's reputation. [GUARD-6]
    refetchInterval: ({ state }) => (state.status === "success" ? EVERY_MS : false),
  });
  if (data !== undefined) return <WorkerList workers={data} />;
  if (isRefusal(error))
    return (
      <Card title="Workers">
        <Empty title="Workers are not shown">
          They need the role <code>mining</code> of the node, and its permission.
        </Empty>
      </Card>
    );
  return error === null ? <Loading what="Loading workers" /> : <Failure error={error} />;
}

export function WorkerList({ workers }: { readonly workers: readonly WorkerJson[] }) {
  const sum = (figure: (worker: WorkerJson) => number) =>
    countText(workers.reduce((total, worker) => total + figure(worker), 0));
  return (
    <>
      <dl className="figures">
        <Figure label="Blocks" value={sum(({ blocks }) => blocks)} note="since the node's start" />
        <Figure
          label="Final blocks"
          value={`${sum(({ blue }) => blue)} blue`}
          note={`${sum(({ red }) => red)} red, without rewards`}
        />
        <Figure
          label="Rewards"
          value={<Coins wei={workers.reduce((total, { rewardsWei }) => total + BigInt(rewardsWei), 0n)} />}
          note="of final blue blocks, without tips"
        />
        <Figure
          label="Shares"
          value={sum(({ accepted }) => accepted)}
          note={`${sum(({ stale }) => stale)} stale, ${sum(refused)} invalid`}
        />
      </dl>
      <Card title="Workers" aside={<span>{ratesText(workers)}</span>}>
        {workers.length === 0 ? (
          <Empty title="No workers">Nothing mines with this node, or nothing has since its start.</Empty>
        ) : (
          <Workers rows={workers} />
        )}
      </Card>
    </>
  );
}

function Workers({ rows }: { readonly rows: readonly WorkerJson[] }) {
  return (
    <Table
      label="Workers"
      rows={rows}
      keyOf={({ source, stream, worker }) => `${source} ${stream} ${worker}`}
      columns={[
        {
          name: "Worker",
          width: "1fr",
          cell: ({ worker }) => <code title={worker}>{nameOf(worker)}</code>,
        },
        { name: "Stream", width: "5rem", cell: ({ stream }) => stream },
        { name: "Device", width: "8rem", isMinor: true, cell: deviceOf },
        {
          name: "Hash rate",
          width: "6.5rem",
          isNumeric: true,
          cell: ({ hashRate }) => hashRateText(hashRate),
        },
        { name: "Shares", width: "4.5rem", isNumeric: true, cell: ({ accepted }) => countText(accepted) },
        {
          name: "Stale",
          width: "4rem",
          isNumeric: true,
          isMinor: true,
          cell: ({ stale }) => countText(stale),
        },
        {
          name: "Invalid",
          width: "4rem",
          isNumeric: true,
          isMinor: true,
          cell: (row) => countText(refused(row)),
        },
        { name: "Blocks", width: "4.5rem", isNumeric: true, cell: ({ blocks }) => countText(blocks) },
        { name: "Blue", width: "4rem", isNumeric: true, isMinor: true, cell: ({ blue }) => countText(blue) },
        { name: "Red", width: "4rem", isNumeric: true, isMinor: true, cell: ({ red }) => countText(red) },
        {
          name: "Coins",
          width: "7rem",
          isNumeric: true,
          isMinor: true,
          cell: ({ rewardsWei }) => <Coins wei={BigInt(rewardsWei)} isBare />,
        },
        { name: "Last share", width: "6.5rem", isMinor: true, cell: lastShare },
      ]}
    />
  );
}

function refused({ invalid, duplicate }: WorkerJson): number {
  return invalid + duplicate;
}

function nameOf(worker: string): string {
  const [address, name] = worker.split(".");
  return [shortHex(address!, 4), ...(name === undefined ? [] : [name])].join(".");
}

function deviceOf({ source, device }: WorkerJson) {
  if (source === "node") return `${device} of the node`;
  if (source === "rpc") return "JSON-RPC";
  return device === "" ? "Stratum" : <UntrustedText text={device} charactersMax={DEVICE_CHARACTERS_MAX} />;
}

function lastShare({ connections, lastShareMs }: WorkerJson) {
  if (lastShareMs === null) return "none";
  // Callers of JSON-RPC without a subscription are never connected.
  return connections === 0 ? "disconnected" : <Ago ms={toNumber(lastShareMs)} />;
}

/** Rates of different algorithms have no sum. */
function ratesText(workers: readonly WorkerJson[]): string {
  const ofStreams = Map.groupBy(workers, ({ stream }) => stream);
  return [...ofStreams]
    .map(([stream, rows]) => `${stream} ${hashRateText(rows.reduce((sum, row) => sum + row.hashRate, 0))}`)
    .join(" · ");
}
