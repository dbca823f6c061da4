import type { Dashboard } from "./Dashboard.ts";
import { age, quantile, rate } from "./promql.ts";

export const serviceDashboards: readonly Dashboard[] = [
  {
    id: "overview",
    title: "Overview",
    panels: [
      { title: "Up", unit: "none", shows: "now", queries: { "{{job}} {{instance}}": "up{@}" } },
      {
        title: "Ready",
        unit: "none",
        shows: "now",
        queries: { "{{job}} {{instance}}": "trellis_ready{@}" },
      },
      {
        title: "Alerts",
        unit: "none",
        shows: "now",
        queries: { "{{alertname}} {{instance}}": 'ALERTS{@,alertstate="firing"}' },
        isRare: true,
      },
      {
        title: "Version",
        unit: "none",
        shows: "now",
        queries: { "{{instance}} {{version}}": "trellis_build_info{@}" },
      },
      {
        title: "Head",
        unit: "none",
        shows: "now",
        queries: { "{{instance}}": "trellis_chain_head_number{@}" },
      },
      {
        title: "Finality lag",
        unit: "s",
        shows: "now",
        queries: { "{{instance}}": "trellis_finality_lag_seconds{@}" },
      },
      {
        title: "Peers",
        unit: "short",
        shows: "now",
        queries: { "{{instance}}": "instance:trellis_peers:sum{@}" },
      },
      {
        title: "Transactions",
        unit: "ops",
        queries: { "{{instance}}": "instance:trellis_chain_transactions:rate1m{@}" },
      },
      {
        title: "RPC calls",
        unit: "ops",
        queries: { "{{instance}}": "instance:trellis_rpc_calls:rate1m{@}" },
      },
      {
        title: "Share of failed requests",
        unit: "percentunit",
        queries: { "{{instance}}": "instance:trellis_http_requests:error_ratio{@}" },
        isRare: true,
      },
      {
        title: "Coverage by reserves",
        unit: "percentunit",
        queries: { "{{asset}}": "trellis_reserves_coverage_ratio{@}" },
        isRare: true,
      },
      { title: "Errors in the logs", logs: '{service_name=~"trellis-.*"} | severity_text=~"error|fatal"' },
    ],
  },
  {
    id: "reserves",
    title: "Reserves",
    panels: [
      {
        title: "Coverage",
        unit: "percentunit",
        queries: { "{{asset}}": "trellis_reserves_coverage_ratio{@}" },
        isRare: true,
      },
      {
        title: "Open incidents",
        unit: "short",
        shows: "now",
        queries: { "{{severity}}": "trellis_reserves_incidents_open{@}" },
      },
      {
        title: "Age of the snapshot",
        unit: "s",
        queries: { "{{instance}}": age("trellis_reserves_snapshot_timestamp_seconds") },
        isRare: true,
      },
      {
        title: "Age of the attestation",
        unit: "s",
        queries: { "{{instance}}": age("trellis_reserves_attestation_timestamp_seconds") },
        isRare: true,
      },
      {
        title: "Age of the log head",
        unit: "s",
        queries: { "{{instance}}": age("trellis_reserves_log_head_timestamp_seconds") },
        isRare: true,
      },
      {
        title: "Ledger entries",
        unit: "short",
        queries: { "{{instance}}": "trellis_reserves_ledger_entries{@}" },
      },
      { title: "Log entries", unit: "short", queries: { "{{instance}}": "trellis_reserves_log_entries{@}" } },
      {
        title: "Open anchors",
        unit: "short",
        queries: { "{{instance}}": "trellis_reserves_anchors_open{@}" },
      },
      {
        title: "Steps of anchors",
        unit: "ops",
        queries: { "{{from}} to {{to}}": rate("trellis_reserves_anchor_steps_total", "from, to") },
        isRare: true,
      },
      {
        title: "Requests by route",
        unit: "ops",
        queries: { "{{route}}": `topk(12, ${rate("trellis_http_requests_total", "route")})` },
      },
      {
        title: "p99 by route",
        unit: "s",
        queries: { "{{route}}": `topk(12, ${quantile(0.99, "trellis_http_request_seconds", "route")})` },
      },
      {
        title: "Events left out",
        unit: "ops",
        queries: { "{{kind}}": rate("trellis_reserves_events_left_out_total", "kind") },
        isRare: true,
      },
    ],
  },
  {
    id: "arbitrage",
    title: "Arbitrage",
    panels: [
      {
        title: "Live, killed, stopped",
        unit: "none",
        shows: "now",
        queries: {
          "live {{instance}}": "trellis_arbitrage_live{@}",
          "killed {{instance}}": "trellis_arbitrage_killed{@}",
          "stopped {{instance}}": "trellis_arbitrage_breaker_open{@}",
        },
      },
      {
        title: "Age of the head",
        unit: "s",
        queries: { "{{instance}}": age("trellis_arbitrage_head_timestamp_seconds") },
      },
      {
        title: "Scan, p99",
        unit: "s",
        queries: { "{{instance}}": quantile(0.99, "trellis_arbitrage_scan_seconds", "instance") },
      },
      {
        title: "Opportunities",
        unit: "ops",
        queries: { "{{code}}": rate("trellis_arbitrage_opportunities_total", "code") },
        isRare: true,
      },
      {
        title: "Trades",
        unit: "ops",
        queries: { "{{outcome}}": rate("trellis_arbitrage_executions_total", "outcome") },
        isRare: true,
      },
      {
        title: "Profit in a day",
        unit: "short",
        queries: {
          "{{instance}}": "sum by (instance) (increase(trellis_arbitrage_profit_coins_total{@}[1d]))",
        },
        isRare: true,
      },
      {
        title: "Gas paid in a day",
        unit: "short",
        queries: { "{{instance}}": "sum by (instance) (increase(trellis_arbitrage_gas_coins_total{@}[1d]))" },
        isRare: true,
      },
      {
        title: "Limits used",
        unit: "percentunit",
        queries: { "{{limit}}": "trellis_arbitrage_limit_used_ratio{@}" },
      },
      { title: "Open trades", unit: "short", queries: { "{{instance}}": "trellis_arbitrage_jobs{@}" } },
      {
        title: "Differences between book and chain",
        unit: "short",
        queries: { "{{instance}}": "trellis_arbitrage_book_differences{@}" },
      },
      {
        title: "Signer reachable",
        unit: "none",
        queries: { "{{instance}}": "trellis_arbitrage_signer_reachable{@}" },
        isRare: true,
      },
    ],
  },
  {
    id: "jobs",
    title: "Jobs and database",
    panels: [
      {
        title: "Jobs",
        unit: "short",
        queries: { "{{kind}} {{state}}": "sum by (kind, state) (trellis_jobs{@})" },
      },
      {
        title: "Attempts",
        unit: "ops",
        queries: { "{{kind}} {{outcome}}": rate("trellis_job_attempts_total", "kind, outcome") },
        isRare: true,
      },
      {
        title: "Database sessions",
        unit: "short",
        queries: { "{{instance}} {{state}}": "trellis_db_sessions{@}" },
      },
      {
        title: "Statements, p99",
        unit: "s",
        queries: { "{{instance}}": quantile(0.99, "trellis_db_statement_seconds", "instance") },
      },
      {
        title: "Cache reads",
        unit: "ops",
        queries: { "{{cache}} {{outcome}}": rate("trellis_cache_reads_total", "cache, outcome") },
        isRare: true,
      },
      {
        title: "Calls to others",
        unit: "ops",
        queries: { "{{guard}} {{outcome}}": rate("trellis_guard_attempts_total", "guard, outcome") },
        isRare: true,
      },
      {
        title: "Open circuits",
        unit: "none",
        queries: { "{{guard}}": "trellis_guard_circuit_open{@}" },
        isRare: true,
      },
    ],
  },
  {
    id: "process",
    title: "Process and machine",
    panels: [
      {
        title: "Processor time of the process",
        unit: "percentunit",
        queries: { "{{instance}}": rate("process_cpu_seconds_total", "instance") },
      },
      {
        title: "Machine busy",
        unit: "percentunit",
        queries: { "{{instance}}": "instance:trellis_host_cpu:busy_ratio{@}" },
      },
      {
        title: "Resident memory",
        unit: "bytes",
        queries: { "{{instance}}": "process_resident_memory_bytes{@}" },
      },
      { title: "Heap", unit: "bytes", queries: { "{{instance}}": "nodejs_heap_size_used_bytes{@}" } },
      {
        title: "Memory left on the machine",
        unit: "bytes",
        queries: { "{{instance}}": "trellis_host_memory_available_bytes{@}" },
      },
      {
        title: "Delay of the serving thread, p99",
        unit: "s",
        queries: { "{{instance}}": "nodejs_eventloop_lag_p99_seconds{@}" },
      },
      {
        title: "Garbage collection",
        unit: "percentunit",
        queries: { "{{instance}} {{kind}}": rate("nodejs_gc_duration_seconds_sum", "instance, kind") },
      },
      { title: "Open files", unit: "short", queries: { "{{instance}}": "process_open_fds{@}" } },
      {
        title: "TLS certificate expires",
        unit: "s",
        queries: { "{{instance}}": "trellis_tls_certificate_expiry_timestamp_seconds{@} - time()" },
        isRare: true,
      },
      {
        title: "TLS connections refused",
        unit: "ops",
        queries: { "{{reason}}": rate("trellis_tls_refused_total", "reason") },
        isRare: true,
      },
    ],
  },
  {
    id: "cost",
    title: "Cost",
    panels: [
      {
        title: "This month",
        unit: "short",
        shows: "now",
        queries: { "{{service}}": "max by (service) (trellis_cost_month_units{@})" },
      },
      {
        title: "This month, projected",
        unit: "short",
        shows: "now",
        queries: { "{{service}}": "max by (service) (trellis_cost_month_projected_units{@})" },
      },
      {
        title: "Today, by item",
        unit: "short",
        queries: { "{{service}} {{item}}": "max by (service, item) (trellis_cost_today_units{@})" },
      },
      {
        title: "Spent share of budgets",
        unit: "percentunit",
        queries: { "{{service}} {{budget}}": "max by (service, budget) (trellis_cost_budget_ratio{@})" },
        isRare: true,
      },
      {
        title: "Share of budgets at the end of the month",
        unit: "percentunit",
        queries: {
          "{{service}} {{budget}}": "max by (service, budget) (trellis_cost_budget_projected_ratio{@})",
        },
        isRare: true,
      },
      {
        title: "Stored",
        unit: "bytes",
        queries: { "{{service}} {{instance}}": "trellis_cost_stored_bytes{@}" },
      },
      {
        title: "Time until storage is full",
        unit: "s",
        queries: { "{{service}} {{instance}}": "trellis_cost_storage_full_timestamp_seconds{@} - time()" },
      },
      {
        title: "Requests",
        unit: "ops",
        queries: { "{{job}}": rate("trellis_http_requests_total", "job") },
      },
      {
        title: "Processor time",
        unit: "percentunit",
        queries: { "{{job}}": rate("process_cpu_seconds_total", "job") },
      },
      {
        title: "Usage last written",
        unit: "s",
        queries: { "{{service}} {{instance}}": age("trellis_cost_written_timestamp_seconds") },
      },
    ],
  },
];
