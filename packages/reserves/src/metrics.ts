import { defineMetrics } from "@trellis/base";

const STATES = ["pending", "sent", "included", "final"] as const;

export const reservesMetrics = defineMetrics({
  trellis_reserves_incidents_open: {
    type: "gauge",
    unit: "incidents",
    meaning: "Open incidents, by severity.",
    labels: { severity: ["critical", "warning", "notice"] },
  },
  trellis_reserves_ledger_entries: {
    type: "gauge",
    unit: "entries",
    meaning: "Entries of the ledger.",
  },
  trellis_reserves_snapshot_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Time of the newest signed snapshot; 0: none.",
  },
  trellis_reserves_attestation_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Time of the newest attestation; 0: none.",
  },
  trellis_reserves_coverage_ratio: {
    type: "gauge",
    unit: "ratio",
    meaning: "Reserves after haircut divided by liabilities, by asset, in the newest attestation.",
    labels: { asset: 1_024 },
  },
  trellis_reserves_log_head_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Signing time of the newest log head; 0: none.",
  },
  trellis_reserves_log_entries: {
    type: "gauge",
    unit: "entries",
    meaning: "Entries of the transparency log under the newest signed head.",
  },
  trellis_reserves_anchor_steps_total: {
    type: "counter",
    unit: "steps",
    meaning: "Steps of anchors by the states before and after.",
    labels: { from: STATES, to: STATES },
  },
  trellis_reserves_anchors_open: {
    type: "gauge",
    unit: "anchors",
    meaning: "Records that are not final on the chain.",
  },
  trellis_reserves_events_left_out_total: {
    type: "counter",
    unit: "events",
    meaning: "Events whose delivery to webhooks or notification channels failed permanently.",
    labels: { kind: 64 },
  },
});
