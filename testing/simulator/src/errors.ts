import { defineErrors } from "@trellis/base";

export const simulatorErrors = defineErrors({
  SIMULATION_OPTION_INVALID: {
    message: "an option of the simulator is not understood",
    hint: "see npm run simulate -- --help",
    consequence: "reject",
  },
  SIMULATED_PEER_UNREACHABLE: {
    message: "the simulated peer cannot be reached, or does not answer",
    hint: "none: this happens in simulations only",
    consequence: "retry",
    facts: { reason: "string", address: "string?", peer: "string?", protocol: "string?" },
  },
  SIMULATED_ANSWER_TOO_LONG: {
    message: "the simulated peer's answer is longer than was asked for",
    hint: "none: this happens in simulations only",
    consequence: "penalise",
  },
  MEASUREMENT_FAILED: {
    message: "what was to be measured did not happen in the simulation",
    hint: "see which check failed, and run the simulator with its seeds",
    consequence: "fatal",
  },
});
