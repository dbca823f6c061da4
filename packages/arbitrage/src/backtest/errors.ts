import { defineErrors } from "@trellis/base";

export const backtestErrors = defineErrors({
  RECORDING_INVALID: {
    message: "a file is no recording of this engine",
    hint: "the facts name the line; a recording is written by `trellis arbitrage serve --record-dir DIR`, or `backtest --past JSON --record-dir DIR`",
    consequence: "reject",
  },
  RECORDING_WITHOUT_ANSWER: {
    message: "a recording does not hold what the engine asks",
    hint: "factories and tokens must be those of the recording; simulations of other trades than then need a node's history",
    consequence: "retry",
  },
  BACKTEST_UNJUDGED: {
    message: "errors kept all trades of a backtest from being judged",
    hint: "the facts name the errors: the node may have the states of newer blocks only, or the recording other simulations",
    consequence: "reject",
  },
  RECORDING_UNWRITABLE: {
    message: "a recording cannot be written",
    hint: "look at the disk; the engine goes on without it",
    consequence: "ignore",
  },
});
