import { defineMetrics } from "@trellis/base";

export const indexerMetrics = defineMetrics({
  trellis_index_behind_blocks: {
    type: "gauge",
    unit: "blocks",
    meaning: "Chain blocks between the head and the newest indexed block.",
  },
});
