import { defineErrors } from "@trellis/base";

export const simulationErrors = defineErrors({
  SIMULATION_FAILED: {
    message: "simulation returned no result",
    hint: "use a node that supports state and block overrides in eth_call, or the built-in EVM; exclude tokens and pools whose calls exceed the gas limit or read unbounded state",
    consequence: "reject",
  },
});
