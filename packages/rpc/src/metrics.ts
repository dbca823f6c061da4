import { defineMetrics } from "@trellis/base";

const METHOD = { method: 512 } as const;

export const rpcMetrics = defineMetrics({
  trellis_rpc_calls_total: {
    type: "counter",
    unit: "calls",
    meaning: "JSON-RPC calls answered. A method that the node does not serve is `unknown`.",
    labels: { ...METHOD, outcome: ["ok", "error"] },
  },
  trellis_rpc_call_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time from a call's arguments to its response.",
    labels: METHOD,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  },
  trellis_rpc_refused_total: {
    type: "counter",
    unit: "requests",
    meaning: "HTTP requests and WebSocket upgrades refused, by status.",
    labels: { status: 32 },
  },
  trellis_rpc_websockets: {
    type: "gauge",
    unit: "connections",
    meaning: "Open WebSocket connections.",
  },
});
