import { defineErrors } from "@trellis/base";

export const simulationErrors = defineErrors({
  SIMULATION_FAILED: {
    message: "a simulation came to no result",
    hint: "the steps may need more gas than a call can have; where it asks for more and more state, leave the token or pool out; otherwise look at the node",
    consequence: "reject",
  },
  SIMULATION_UNSUPPORTED: {
    message: "a node does not run calls with overridden code in the context of the next block",
    hint: "use a node whose eth_call takes state and block overrides, or simulate in the built-in EVM",
    consequence: "reject",
  },
});
