import type { ServiceName } from "../services.ts";
import { gauge, type Measure, quantiles, rate, together } from "./measure.ts";
import { bytes, perSecond, seconds, share, shortNumber } from "./units.ts";

export interface ChartDefinition {
  readonly id: string;
  readonly title: string;
  /** What it says, and when to worry. */
  readonly about: string;
  readonly measure: Measure;
  readonly format: (value: number) => string;
  readonly isBinary?: boolean;
  /** Above this somebody should look. */
  readonly worryAbove?: number;
  readonly worryBelow?: number;
}

const PROCESS: readonly ChartDefinition[] = [
  {
    id: "cpu",
    title: "Processor",
    about: "Cores that this process uses",
    measure: together(
      rate("process_cpu_user_seconds_total", { name: "user" }),
      rate("process_cpu_system_seconds_total", { name: "system" }),
    ),
    format: shortNumber,
  },
  {
    id: "memory",
    title: "Memory",
    about: "Of the machine, and of it what JavaScript uses",
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
    about: "Time between timers: 10 ms at rest, above 100 ms everything waits",
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
    about: "Share of the time that it takes",
    measure: rate("nodejs_gc_duration_seconds_sum", { by: "kind" }),
    format: share,
    worryAbove: 0.2,
  },
];

const NODE: readonly ChartDefinition[] = [
  {
    id: "blocks",
    title: "Blocks",
    about: "That came into the DAG, by stream",
    measure: rate("trellis_chain_blocks_total", { by: "stream" }),
    format: perSecond,
  },
  {
    id: "finality-lag",
    title: "Finality",
    about: "How far the newest final block lies behind the head",
    measure: gauge("trellis_finality_lag_seconds", { name: "behind" }),
    format: seconds,
    worryAbove: 120,
  },
  {
    id: "participation",
    title: "Votes",
    about: "Share of the stake that votes: below two thirds nothing becomes final",
    measure: gauge("trellis_finality_participation_ratio", { name: "of the stake" }),
    format: share,
    worryBelow: 2 / 3,
  },
  {
    id: "removed",
    title: "Reorganisations",
    about: "Chain blocks that were left for others",
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
    about: "Transactions that wait",
    measure: gauge("trellis_mempool_transactions", { by: "kind" }),
    format: shortNumber,
  },
  {
    id: "peers",
    title: "Peers",
    about: "Connected, by who called",
    measure: gauge("trellis_peers", { by: "direction" }),
    format: shortNumber,
  },
  {
    id: "sync",
    title: "Behind the network",
    about: "Blocks that are still to come",
    measure: together(
      gauge("trellis_sync_blocks_behind", { name: "behind" }),
      gauge("trellis_index_behind_blocks", { name: "index behind" }),
    ),
    format: shortNumber,
    worryAbove: 50,
  },
  {
    id: "rpc",
    title: "RPC calls",
    about: "By what became of them",
    measure: rate("trellis_rpc_calls_total", { by: "outcome" }),
    format: perSecond,
  },
  {
    id: "rpc-time",
    title: "RPC time",
    about: "From the call to its answer",
    measure: quantiles("trellis_rpc_call_seconds", [0.5, 0.99]),
    format: seconds,
    worryAbove: 1,
  },
];

const HTTP: readonly ChartDefinition[] = [
  {
    id: "requests",
    title: "Requests",
    about: "To the API, by status",
    measure: rate("trellis_http_requests_total", { by: "status" }),
    format: perSecond,
  },
  {
    id: "request-time",
    title: "Request time",
    about: "From a request's first byte to its answer's last",
    measure: quantiles("trellis_http_request_seconds", [0.5, 0.99]),
    format: seconds,
    worryAbove: 1,
  },
];

const DATABASE: readonly ChartDefinition[] = [
  {
    id: "statement-time",
    title: "Database",
    about: "Time of a statement",
    measure: quantiles("trellis_db_statement_seconds", [0.5, 0.99]),
    format: seconds,
    worryAbove: 0.5,
  },
  {
    id: "sessions",
    title: "Database sessions",
    about: "By what they do",
    measure: gauge("trellis_db_sessions", { by: "state" }),
    format: shortNumber,
  },
];

const JOBS: ChartDefinition = {
  id: "jobs",
  title: "Jobs",
  about: "That ended, by what became of them",
  measure: rate("trellis_jobs_total", { by: "outcome" }),
  format: perSecond,
};

/** What somebody wants to see of each service who was woken by it. */
export const CHARTS: Readonly<Record<ServiceName, readonly ChartDefinition[]>> = {
  node: [...NODE, ...PROCESS],
  reserves: [...HTTP, JOBS, ...DATABASE, ...PROCESS],
  arbitrage: [...HTTP, ...DATABASE, ...PROCESS],
};
