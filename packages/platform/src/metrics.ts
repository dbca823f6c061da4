import { defineMetrics } from "@trellis/base";

const KIND = { kind: 64 } as const;
const ROUTE = { route: 512 } as const;
const OPERATION = {
  operation: ["sign", "digest", "message", "transaction", "vote", "protection"],
} as const;
const SERVICE = { service: 8 } as const;
const VOLUME = { volume: 34 } as const;

export const platformMetrics = defineMetrics({
  trellis_build_info: {
    type: "gauge",
    unit: "flag",
    meaning: "1 for the running version.",
    labels: { version: 4 },
  },
  trellis_settings_refused: {
    type: "gauge",
    unit: "flag",
    meaning: "1 if the last reload of settings was refused, so that the former ones stay in effect.",
  },
  trellis_host_cpu_seconds_total: {
    type: "counter",
    unit: "seconds",
    meaning: "Processor time of the machine, all cores together, by mode.",
    labels: { mode: ["user", "nice", "system", "irq", "idle"] },
  },
  trellis_host_memory_total_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Memory of the machine.",
  },
  trellis_host_memory_available_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Memory of the machine that programs can still get.",
  },
  trellis_host_disk_size_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning:
      "Size of a file system: that of the data directory (data), of the log file (log), or of a backup repository (its path).",
    labels: VOLUME,
  },
  trellis_host_disk_available_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Free space of that file system for this program.",
    labels: VOLUME,
  },
  trellis_ready: {
    type: "gauge",
    unit: "flag",
    meaning: "1 if `/ready` answers 200, else 0.",
  },
  trellis_http_requests_total: {
    type: "counter",
    unit: "requests",
    meaning: "Requests to the API by route and status.",
    labels: { ...ROUTE, status: 64 },
  },
  trellis_http_request_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time from the request's first byte to the response's last byte.",
    labels: ROUTE,
  },
  trellis_db_sessions: {
    type: "gauge",
    unit: "sessions",
    meaning: "Sessions with the database by state.",
    labels: { state: ["used", "idle", "waited-for"] },
  },
  trellis_db_acquire_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time waiting for a database session.",
  },
  trellis_db_statement_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time of the statements of the database, by outcome: done, or an error code.",
    labels: { outcome: 32 },
  },
  trellis_job_attempts_total: {
    type: "counter",
    unit: "attempts",
    meaning: "Attempts at jobs by kind and outcome: done, or an error code.",
    labels: { ...KIND, outcome: 64 },
  },
  trellis_jobs: {
    type: "gauge",
    unit: "jobs",
    meaning: "Waiting, running and dead-letter jobs by kind.",
    labels: { ...KIND, state: ["waiting", "running", "dead"] },
  },
  trellis_events_followed: {
    type: "gauge",
    unit: "flag",
    meaning: "1 while this process follows the stored events.",
    labels: { reader: 16 },
  },
  trellis_cache_reads_total: {
    type: "counter",
    unit: "reads",
    meaning: "Cache reads by location of the value: near (this process), far (shared) or miss.",
    labels: { cache: 16, outcome: ["near", "far", "miss"] },
  },
  trellis_guard_refusals_total: {
    type: "counter",
    unit: "calls",
    meaning: "Connections and calls refused, by reason.",
    labels: { reason: 16 },
  },
  trellis_guard_offences_total: {
    type: "counter",
    unit: "offences",
    meaning: "Offences that lowered the reputation of an address, by kind.",
    labels: { kind: ["malformed", "login", "limit", "scan"] },
  },
  trellis_guard_bans: {
    type: "gauge",
    unit: "bans",
    meaning: "Currently banned client addresses and networks.",
  },
  trellis_guard_low_priority_ratio: {
    type: "gauge",
    unit: "ratio",
    meaning: "Share of their limits that anonymous and low-priority callers get; 1 without load.",
  },
  trellis_signer_keys: {
    type: "gauge",
    unit: "keys",
    meaning: "Keys that the signer serves.",
  },
  trellis_signer_requests_total: {
    type: "counter",
    unit: "requests",
    meaning: "Requests to the signer by operation and outcome: done, or an error code.",
    labels: { ...OPERATION, outcome: 32 },
  },
  trellis_signer_request_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time of these requests, with their checks and the entry of the audit log.",
    labels: OPERATION,
  },
  trellis_telemetry_dropped_total: {
    type: "counter",
    unit: "items",
    meaning: "Spans and log lines that did not reach the collector.",
    labels: { signal: ["logs", "spans"], reason: ["queueFull", "notAccepted"] },
  },
  trellis_tls_refused_total: {
    type: "counter",
    unit: "connections",
    meaning: "Connections to TLS ports refused, by reason.",
    labels: { reason: ["handshake", "certificate", "plain", "timeout"] },
  },
  trellis_tls_certificate_expiry_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Expiry time of the listeners' certificate.",
  },
  trellis_cost_written_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Time at which this process last wrote counted usage.",
    labels: SERVICE,
  },
  trellis_cost_today_units: {
    type: "gauge",
    unit: "units of currency",
    meaning: "Cost of a service today (UTC), by item.",
    labels: { service: 8, item: ["cpu", "requests", "transfer", "storage", "gas"] },
  },
  trellis_cost_month_units: {
    type: "gauge",
    unit: "units of currency",
    meaning: "Cost of a service this month (UTC).",
    labels: SERVICE,
  },
  trellis_cost_month_projected_units: {
    type: "gauge",
    unit: "units of currency",
    meaning: "Cost of the whole month at the average rate of its days so far.",
    labels: SERVICE,
  },
  trellis_cost_budget_ratio: {
    type: "gauge",
    unit: "ratio",
    meaning: "Spent share of a monthly budget.",
    labels: { service: 8, budget: 64 },
  },
  trellis_cost_budget_projected_ratio: {
    type: "gauge",
    unit: "ratio",
    meaning: "Share of a monthly budget that the month costs at the average rate of its days so far.",
    labels: { service: 8, budget: 64 },
  },
  trellis_cost_stored_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Size of the service's data directory, or of its PostgreSQL database.",
    labels: SERVICE,
  },
  trellis_cost_storage_full_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning:
      "Time at which storage is full at the rate of the last 30 days; infinite if it does not grow or the rate is unknown.",
    labels: SERVICE,
  },
});
