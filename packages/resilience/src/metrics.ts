import { defineMetrics } from "@trellis/base";

/** Names of guards come from the configuration, such as those of nodes and signers. */
const GUARD = { guard: 128 } as const;

export const resilienceMetrics = defineMetrics({
  trellis_guard_attempts_total: {
    type: "counter",
    unit: "attempts",
    meaning: "Guarded calls to other services, by outcome of the attempt: done, or an error code.",
    labels: { ...GUARD, outcome: 32 },
  },
  trellis_guard_circuit_open: {
    type: "gauge",
    unit: "flag",
    meaning: "1 while calls are suspended.",
    labels: GUARD,
  },
});
