import { defineErrors } from "@trellis/base";

export const simulationErrors = defineErrors({
  SIMULATION_FAILED: {
    message: "simulation returned no result",
    hint: "check the node, which must support state and block overrides in eth_call, or use the built-in EVM; the call may exceed the gas limit; exclude a token or pool that needs more and more state",
    consequence: "reject",
  },
});
