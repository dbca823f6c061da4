import { defineErrors } from "@trellis/base";

export const simulationErrors = defineErrors({
  SIMULATION_UNSUPPORTED: {
    message: "a node does not run calls with overridden code in the context of the next block",
    hint: "use a node whose eth_call takes state and block overrides, or simulate in the built-in EVM",
    consequence: "reject",
  },
  SIMULATION_FAILED: {
    message: "a simulation came to no result",
    hint: "the steps may need more gas than a call can have; otherwise look at the node",
    consequence: "reject",
  },
  SIMULATION_STATE_ENDLESS: {
    message: "a simulation asks for more and more state",
    hint: "what it touches depends on itself: leave the token or pool out",
    consequence: "reject",
  },
});
