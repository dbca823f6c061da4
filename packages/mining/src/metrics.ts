import { defineMetrics } from "@trellis/base";

export const miningMetrics = defineMetrics({
  trellis_mining_templates_total: {
    type: "counter",
    unit: "templates",
    meaning: "Templates built for miners outside the node.",
  },
  trellis_mining_submissions_total: {
    type: "counter",
    unit: "blocks",
    meaning: "Blocks with sufficient work from miners outside the node, by outcome of their import.",
    labels: { outcome: ["accepted", "refused"] },
  },
  trellis_stratum_connections: {
    type: "gauge",
    unit: "connections",
    meaning: "Open connections of Stratum miners.",
  },
  trellis_stratum_refused_total: {
    type: "counter",
    unit: "connections",
    meaning: "Stratum connections refused or closed by the node, by reason.",
    labels: { reason: ["full", "malformed", "silent", "unread", "limited"] },
  },
  trellis_stratum_shares_total: {
    type: "counter",
    unit: "shares",
    meaning: "Shares of Stratum miners. Stale ones are of an expired job.",
    labels: { outcome: ["accepted", "stale", "invalid", "duplicate"] },
  },
});
