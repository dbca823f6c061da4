import { defineErrors } from "@trellis/base";

/** What the virtual internet says of itself, where it is not what libp2p says. */
export const internetErrors = defineErrors({
  SIMULATED_DIAL_FAILED: {
    message: "the simulated peer cannot be reached",
    hint: "none: this happens in simulations only",
    consequence: "retry",
  },
  SIMULATED_DIAL_REFUSED: {
    message: "the simulated peer, or this node, refuses the connection",
    hint: "none: this happens in simulations only",
    consequence: "retry",
  },
  SIMULATED_REQUEST_FAILED: {
    message: "the simulated stream ended without an answer",
    hint: "none: this happens in simulations only",
    consequence: "retry",
  },
  SIMULATED_REQUEST_TIMED_OUT: {
    message: "the simulated peer did not answer in time",
    hint: "none: this happens in simulations only",
    consequence: "retry",
  },
  SIMULATED_ANSWER_TOO_LONG: {
    message: "the simulated peer's answer is longer than was asked for",
    hint: "none: this happens in simulations only",
    consequence: "penalise",
  },
});
