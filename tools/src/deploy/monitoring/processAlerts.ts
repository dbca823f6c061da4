import type { Alert } from "./Alert.ts";

const DAY = 86_400;

export const processAlerts: readonly Alert[] = [
  {
    name: "TrellisDown",
    severity: "critical",
    expression: 'up{job=~"trellis.*"} == 0',
    holds: "2m",
    summary: "{{ $labels.instance }} of {{ $labels.job }} does not answer",
    meaning: "The process has stopped, hangs, or Prometheus cannot reach it.",
    steps: [
      "Is the process running? Read the end of its log: the last line names the code of a fatal error.",
      "`trellis error CODE` explains the code and what to do.",
      "The process runs: check the network and `/health`.",
    ],
    fires: { 'up{job="trellis-node"}': "0x120" },
    silent: { 'up{job="trellis-node"}': "1x120", 'up{job="other"}': "0x120" },
  },
  {
    name: "TrellisRestarts",
    severity: "warning",
    expression: 'changes(process_start_time_seconds{job=~"trellis.*"}[30m]) > 2',
    holds: "0m",
    summary: "{{ $labels.instance }} started {{ $value }} times in 30 minutes",
    meaning: "Something ends the process again and again.",
    steps: [
      "Read the last lines before each start in the log: a code, or nothing if the system ended it.",
      "Nothing: look for the out-of-memory killer (`dmesg`, or `OOMKilled` in Kubernetes) and failed health checks.",
    ],
    fires: { 'process_start_time_seconds{job="trellis-node"}': "0+300x120" },
    silent: { 'process_start_time_seconds{job="trellis-node"}': "5x120" },
  },
  {
    name: "TrellisEventLoopSlow",
    severity: "warning",
    expression: 'nodejs_eventloop_lag_p99_seconds{job=~"trellis.*"} > 0.5',
    holds: "10m",
    summary: "The serving thread of {{ $labels.instance }} is delayed by {{ $value | humanizeDuration }}",
    meaning: "All requests of this process wait that long.",
    steps: [
      "Check the processor of the machine: dashboard Process.",
      "Look for heavy callers: dashboard RPC, page Guard.",
    ],
    fires: { 'nodejs_eventloop_lag_p99_seconds{job="trellis-node"}': "0.9x120" },
    silent: { 'nodejs_eventloop_lag_p99_seconds{job="trellis-node"}': "0.02x120" },
  },
  {
    name: "TrellisProcessorBusy",
    severity: "warning",
    expression: "instance:trellis_host_cpu:busy_ratio > 0.95",
    holds: "30m",
    summary:
      "The machine of {{ $labels.instance }} has been {{ $value | humanizePercentage }} busy for 30 minutes",
    meaning: "Imports and answers get slower; a node can fall behind.",
    steps: [
      "Find the process that takes the time.",
      "Move services apart, or use a larger machine (docs/guides/deploy.md).",
    ],
    fires: {
      'trellis_host_cpu_seconds_total{mode="user"}': "0+118x120",
      'trellis_host_cpu_seconds_total{mode="idle"}': "0+2x120",
    },
    silent: {
      'trellis_host_cpu_seconds_total{mode="user"}': "0+60x120",
      'trellis_host_cpu_seconds_total{mode="idle"}': "0+60x120",
    },
  },
  {
    name: "TrellisMemoryLow",
    severity: "warning",
    expression: "trellis_host_memory_available_bytes / trellis_host_memory_total_bytes < 0.1",
    holds: "10m",
    summary:
      "{{ $value | humanizePercentage }} of the memory is left on the machine of {{ $labels.instance }}",
    meaning: "The system soon ends a process.",
    steps: [
      "Find the process that grows.",
      "Lower its caches or give it more memory (docs/guides/deploy.md has the sizes).",
    ],
    fires: { trellis_host_memory_available_bytes: "1e8x120", trellis_host_memory_total_bytes: "8e9x120" },
    silent: { trellis_host_memory_available_bytes: "4e9x120", trellis_host_memory_total_bytes: "8e9x120" },
  },
  {
    name: "TrellisDiskLow",
    severity: "critical",
    expression: "trellis_host_disk_available_bytes / trellis_host_disk_size_bytes < 0.1",
    holds: "5m",
    summary:
      "{{ $value | humanizePercentage }} of the disk for {{ $labels.volume }} is free on {{ $labels.instance }}",
    meaning: "On a full disk the process stops. Nothing that it acknowledged is lost.",
    steps: [
      "Delete what does not belong there; old logs first.",
      "Prune: run the node without `--archive`, and `trellis db compact`.",
      "Grow the volume.",
    ],
    fires: {
      'trellis_host_disk_available_bytes{volume="data"}': "1e9x120",
      'trellis_host_disk_size_bytes{volume="data"}': "1e11x120",
    },
    silent: {
      'trellis_host_disk_available_bytes{volume="data"}': "6e10x120",
      'trellis_host_disk_size_bytes{volume="data"}': "1e11x120",
    },
  },
  {
    name: "TrellisDiskFillsUp",
    severity: "warning",
    expression: `predict_linear(trellis_host_disk_available_bytes[1h], ${4 * DAY}) < 0`,
    holds: "30m",
    summary: "The disk for {{ $labels.volume }} on {{ $labels.instance }} is full in less than four days",
    meaning: "At the growth of the last hour.",
    steps: ["Look at dashboard Storage: what grows?", "Then as for `TrellisDiskLow`."],
    fires: { 'trellis_host_disk_available_bytes{volume="data"}': "6e10-1e8x120" },
    silent: { 'trellis_host_disk_available_bytes{volume="data"}': "6e10-1e3x120" },
  },
  {
    name: "TrellisHttpErrors",
    severity: "warning",
    expression: "instance:trellis_http_requests:error_ratio > 0.02",
    holds: "5m",
    summary: "{{ $value | humanizePercentage }} of the requests to {{ $labels.instance }} fail",
    meaning: "Answers with a status from 500 are faults of the service, or of what it depends on.",
    steps: [
      "`/ready` names the failing dependency.",
      "The log has a line with the code for each; `trellis error CODE` explains it.",
    ],
    fires: {
      'trellis_http_requests_total{route="/v1/snapshots",status="500"}': "0+30x120",
      'trellis_http_requests_total{route="/v1/snapshots",status="200"}': "0+60x120",
    },
    silent: {
      'trellis_http_requests_total{route="/v1/snapshots",status="500"}': "0x120",
      'trellis_http_requests_total{route="/v1/snapshots",status="200"}': "0+60x120",
    },
  },
  {
    name: "TrellisUnderPressure",
    severity: "warning",
    expression: "trellis_guard_low_priority_ratio < 0.5",
    holds: "10m",
    summary:
      "{{ $labels.instance }} gives anonymous callers only {{ $value | humanizePercentage }} of their limits",
    meaning: "The process sheds load to stay responsive (GUARD-5).",
    steps: ["Look at dashboards Process and RPC for the cause.", "Add nodes or workers."],
    fires: { trellis_guard_low_priority_ratio: "0.1x120" },
    silent: { trellis_guard_low_priority_ratio: "1x120" },
  },
  {
    name: "TrellisDatabaseWaits",
    severity: "warning",
    expression: 'trellis_db_sessions{state="waited-for"} > 0',
    holds: "10m",
    summary: "{{ $value }} requests of {{ $labels.instance }} wait for a database session",
    meaning: "All sessions are in use, or the database is slow.",
    steps: [
      "Look at `trellis_db_statement_seconds`: slow statements, or too few sessions?",
      "Check the PostgreSQL server: load, locks, connections.",
    ],
    fires: { 'trellis_db_sessions{state="waited-for"}': "5x120" },
    silent: {
      'trellis_db_sessions{state="waited-for"}': "0x120",
      'trellis_db_sessions{state="used"}': "9x120",
    },
  },
  {
    name: "TrellisJobsDead",
    severity: "warning",
    // Backups have an alert of their own, and no page on which a failed run could be retried.
    expression: 'sum by (job, instance, kind) (trellis_jobs{state="dead",kind!~"full|log|verify"}) > 0',
    holds: "1m",
    summary: "{{ $value }} jobs {{ $labels.kind }} of {{ $labels.instance }} failed for good",
    meaning: "They are not tried again by themselves.",
    steps: ["Console, page Jobs: the error of each job.", "Mend the cause, then retry the job there."],
    fires: { 'trellis_jobs{kind="snapshot",state="dead"}': "1x120" },
    silent: {
      'trellis_jobs{kind="snapshot",state="dead"}': "0x120",
      'trellis_jobs{kind="log",state="dead"}': "1x120",
    },
  },
  {
    name: "TrellisJobsWaiting",
    severity: "warning",
    expression: 'sum by (job, instance, kind) (trellis_jobs{state="waiting"}) > 1000',
    holds: "15m",
    summary: "{{ $value }} jobs {{ $labels.kind }} wait",
    meaning: "Webhooks, snapshots or anchors are late.",
    steps: ["Check that workers run and what their jobs fail with.", "Start more workers."],
    fires: { 'trellis_jobs{kind="webhook",state="waiting"}': "5000x120" },
    silent: { 'trellis_jobs{kind="webhook",state="waiting"}': "20x120" },
  },
  {
    name: "TrellisCircuitOpen",
    severity: "warning",
    expression: "trellis_guard_circuit_open == 1",
    holds: "5m",
    summary: "{{ $labels.instance }} does not call {{ $labels.guard }} because it keeps failing",
    meaning: "What depends on it is degraded; the service tries again by itself.",
    steps: [
      "Check that the other side runs and is reachable.",
      "The log has the reason of the last failure.",
    ],
    fires: { 'trellis_guard_circuit_open{guard="node"}': "1x120" },
    silent: { 'trellis_guard_circuit_open{guard="node"}': "0x120" },
  },
  {
    name: "TrellisCertificateExpires",
    severity: "critical",
    expression: `trellis_tls_certificate_expiry_timestamp_seconds - time() < ${7 * DAY}`,
    holds: "0m",
    summary: "The TLS certificate of {{ $labels.instance }} expires in {{ $value | humanizeDuration }}",
    meaning: "After that, no client connects.",
    steps: [
      "Renew it; the process loads a changed file by itself (docs/guides/security.md).",
      "Find out why the renewal did not run.",
    ],
    fires: { trellis_tls_certificate_expiry_timestamp_seconds: "100000x120" },
    silent: { trellis_tls_certificate_expiry_timestamp_seconds: "5000000x120" },
  },
  {
    name: "TrellisSignerErrors",
    severity: "critical",
    expression:
      'sum by (job, instance, outcome) (increase(trellis_signer_requests_total{outcome!="done"}[10m])) > 5',
    holds: "5m",
    summary: "The signer refused {{ $value }} requests with {{ $labels.outcome }}",
    meaning: "Votes, anchors or trades are not signed.",
    steps: [
      "`trellis error CODE` explains the code. A refused double vote protects the validator: find the second signer.",
      "Check the policy of the client and the key's holder.",
    ],
    fires: { 'trellis_signer_requests_total{operation="vote",outcome="SIGNER_REFUSED"}': "0+2x120" },
    silent: {
      'trellis_signer_requests_total{operation="vote",outcome="SIGNER_REFUSED"}': "1x120",
      'trellis_signer_requests_total{operation="vote",outcome="done"}': "0+60x120",
    },
  },
];
