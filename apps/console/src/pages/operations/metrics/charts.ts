import type { ServiceName } from "../services.ts";
import { gauge, type Measure, quantiles, rate, together } from "./measure.ts";
import { bytes, perSecond, seconds, share, shortNumber } from "./units.ts";

export interface ChartDefinition {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly measure: Measure;
  readonly format: (value: number) => string;
  readonly isBinary?: boolean;
  readonly worryAbove?: number;
  readonly worryBelow?: number;
}

const PROCESS: readonly ChartDefinition[] = [
  {
    id: "cpu",
    title: "CPU",
    about: "Cores used by this process",
    measure: together(
      rate("process_cpu_user_seconds_total", { name: "user" }),
      rate("process_cpu_system_seconds_total", { name: "system" }),
    ),
    format: shortNumber,
  },
  {
    id: "memory",
    title: "Memory",
    about: "Resident memory, and the part used by JavaScript",
    measure: together(
      gauge("process_resident_memory_bytes", { name: "resident" }),
      gauge("nodejs_heap_size_used_bytes", { name: "heap" }),
      gauge("nodejs_external_memory_bytes", { name: "buffers" }),
    ),
    format: bytes,
    isBinary: true,
  },
  {
    id: "loop",
    title: "Event loop",
    about: "Timer delay: 10 ms when idle; above 100 ms requests slow down",
    measure: together(
      gauge("nodejs_eventloop_lag_p99_seconds", { name: "p99" }),
      gauge("nodejs_eventloop_lag_p50_seconds", { name: "p50" }),
    ),
    format: seconds,
    worryAbove: 0.1,
  },
  {
    id: "gc",
    title: "Garbage collection",
    about: "Share of time spent in garbage collection",
    measure: rate("nodejs_gc_duration_seconds_sum", { by: "kind" }),
    format: share,
    worryAbove: 0.2,
  },
];

const NODE: readonly ChartDefinition[] = [
  {
    id: "blocks",
    title: "Blocks",
    about: "Blocks added to the DAG, by stream",
    measure: rate("trellis_chain_blocks_total", { by: "stream" }),
    format: perSecond,
  },
  {
    id: "finality-lag",
    title: "Finality lag",
    about: "Time from the newest final block to the head",
    measure: gauge("trellis_finality_lag_seconds", { name: "lag" }),
    format: seconds,
    worryAbove: 120,
  },
  {
    id: "participation",
    title: "Participation",
    about: "Voting power that voted. Below two thirds, nothing is finalized",
    measure: gauge("trellis_finality_participation_ratio", { name: "voting power" }),
    format: share,
    worryBelow: 2 / 3,
  },
  {
    id: "removed",
    title: "Reorganisations",
    about: "Chain blocks removed from the selected chain",
    measure: rate("trellis_chain_removed_blocks_total", { name: "removed" }),
    format: perSecond,
    worryAbove: 1,
  },
  {
    id: "transactions",
    title: "Transactions",
    about: "Executed on the selected chain",
    measure: rate("trellis_chain_transactions_total", { name: "executed" }),
    format: perSecond,
  },
  {
    id: "gas",
    title: "Gas",
    about: "Used on the selected chain",
    measure: rate("trellis_chain_gas_total", { name: "used" }),
    format: perSecond,
  },
  {
    id: "mempool",
    title: "Mempool",
    about: "Pending and queued transactions",
    measure: gauge("trellis_mempool_transactions", { by: "kind" }),
    format: shortNumber,
  },
  {
    id: "peers",
    title: "Peers",
    about: "Connected peers, by direction",
    measure: gauge("trellis_peers", { by: "direction" }),
    format: shortNumber,
  },
  {
    id: "sync",
    title: "Sync lag",
    about: "Blocks not yet imported",
    measure: together(
      gauge("trellis_sync_blocks_behind", { name: "blocks" }),
      gauge("trellis_index_behind_blocks", { name: "index" }),
    ),
    format: shortNumber,
    worryAbove: 50,
  },
  {
    id: "rpc",
    title: "RPC calls",
    about: "By outcome",
    measure: rate("trellis_rpc_calls_total", { by: "outcome" }),
    format: perSecond,
  },
  {
    id: "rpc-time",
    title: "RPC latency",
    about: "From request to response",
    measure: quantiles("trellis_rpc_call_seconds", [0.5, 0.99]),
    format: seconds,
    worryAbove: 1,
  },
];

const HTTP: readonly ChartDefinition[] = [
  {
    id: "requests",
    title: "Requests",
    about: "API requests, by status",
    measure: rate("trellis_http_requests_total", { by: "status" }),
    format: perSecond,
  },
  {
    id: "request-time",
    title: "Request latency",
    about: "From the first byte of the request to the last byte of the response",
    measure: quantiles("trellis_http_request_seconds", [0.5, 0.99]),
    format: seconds,
    worryAbove: 1,
  },
];

const DATABASE: readonly ChartDefinition[] = [
  {
    id: "statement-time",
    title: "Database latency",
    about: "Duration of a statement",
    measure: quantiles("trellis_db_statement_seconds", [0.5, 0.99]),
    format: seconds,
    worryAbove: 0.5,
  },
  {
    id: "sessions",
    title: "Database sessions",
    about: "By state",
    measure: gauge("trellis_db_sessions", { by: "state" }),
    format: shortNumber,
  },
];

const JOBS: ChartDefinition = {
  id: "jobs",
  title: "Jobs",
  about: "Finished jobs, by outcome",
  measure: rate("trellis_job_attempts_total", { by: "outcome" }),
  format: perSecond,
};

const BACKUP: readonly ChartDefinition[] = [
  {
    id: "backup-age",
    title: "Age of backups",
    about: "Time since the newest success, by kind",
    measure: gauge("trellis_backup_age_seconds", { by: "kind" }),
    format: seconds,
  },
  {
    id: "backup-added",
    title: "Added bytes",
    about: "Bytes that the newest backup added to the repository, by kind",
    measure: gauge("trellis_backup_added_bytes", { by: "kind" }),
    format: bytes,
    isBinary: true,
  },
];

export const CHARTS: Readonly<Record<ServiceName, readonly ChartDefinition[]>> = {
  node: [...NODE, ...PROCESS],
  reserves: [...HTTP, JOBS, ...DATABASE, ...PROCESS],
  arbitrage: [...HTTP, ...DATABASE, ...PROCESS],
  backup: [...BACKUP, ...HTTP, JOBS, ...DATABASE, ...PROCESS],
};
