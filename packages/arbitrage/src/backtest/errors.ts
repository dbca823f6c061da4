import { defineErrors } from "@trellis/base";

export const backtestErrors = defineErrors({
  RECORDING_INVALID: {
    message: "invalid recording file",
    hint: "see the line in the facts; create recordings with `trellis arbitrage serve --record-dir DIR` or `backtest --past JSON --record-dir DIR`",
    consequence: "reject",
  },
  RECORDING_WITHOUT_ANSWER: {
    message: "recording lacks the requested data",
    hint: "use the recording's factories and tokens; simulations of other trades need a node with the history",
    consequence: "retry",
  },
  BACKTEST_UNJUDGED: {
    message: "no trade of the backtest could be evaluated",
    hint: "see the errors in the facts: the node may lack the states of old blocks, or the recording lacks these simulations",
    consequence: "reject",
  },
  RECORDING_UNWRITABLE: {
    message: "recording cannot be written",
    hint: "check the disk; the engine continues without the recording",
    consequence: "ignore",
  },
});
