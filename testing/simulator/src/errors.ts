import { defineErrors } from "@trellis/base";

export const simulatorErrors = defineErrors({
  SIMULATION_OPTION_INVALID: {
    message: "an option of the simulator is not understood",
    hint: "see npm run simulate -- --help",
    consequence: "reject",
  },
  MEASUREMENT_FAILED: {
    message: "what was to be measured did not happen in the simulation",
    hint: "see which check failed, and run the simulator with its seeds",
    consequence: "fatal",
  },
});
