import { defineErrors } from "@trellis/base";

export const simulatorErrors = defineErrors({
  SIMULATION_OPTION_INVALID: {
    message: "an option of the simulator is not understood",
    hint: "see npm run simulate -- --help",
    consequence: "reject",
  },
});
