import type { Alert } from "./Alert.ts";
import { chainAlerts } from "./chainAlerts.ts";
import { processAlerts } from "./processAlerts.ts";
import { serviceAlerts } from "./serviceAlerts.ts";

/** Prometheus groups of alerts, by the chapter of docs/guides/troubleshooting.md. */
export const ALERTS: Readonly<Record<string, readonly Alert[]>> = {
  Processes: processAlerts,
  Chain: chainAlerts,
  Services: serviceAlerts,
};

/** Recording rules, named `level:metric:operation`. */
export const RECORDINGS: Readonly<Record<string, string>> = {
  "instance:trellis_peers:sum": "sum by (job, instance) (trellis_peers)",
  "instance:trellis_chain_gas:rate1m": "rate(trellis_chain_gas_total[1m])",
  "instance:trellis_chain_transactions:rate1m": "rate(trellis_chain_transactions_total[1m])",
  "instance:trellis_rpc_calls:rate1m": "sum by (job, instance) (rate(trellis_rpc_calls_total[1m]))",
  "instance:trellis_rpc_call_seconds:p99":
    "histogram_quantile(0.99, sum by (job, instance, le) (rate(trellis_rpc_call_seconds_bucket[5m])))",
  "instance:trellis_http_requests:error_ratio":
    'sum by (job, instance) (rate(trellis_http_requests_total{status=~"5.."}[5m])) / sum by (job, instance) (rate(trellis_http_requests_total[5m]))',
  "instance:trellis_host_cpu:busy_ratio":
    '1 - sum by (job, instance) (rate(trellis_host_cpu_seconds_total{mode="idle"}[5m])) / sum by (job, instance) (rate(trellis_host_cpu_seconds_total[5m]))',
};
