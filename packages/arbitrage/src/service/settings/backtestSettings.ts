import { matching, path, toggle, wholeNumber, wordOr } from "@trellis/platform/config";

export const backtestSettings = {
  recordDir: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "DIR",
    summary: "where serve and backtest --from write what they were told of the chain: a file for each start",
  },
  from: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    value: "N",
    summary: "backtest: the first block of a node's history",
  },
  to: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    value: "N",
    summary: "backtest: the last block of a node's history",
  },
  backtestTip: {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: "1000000000",
    value: "WEI",
    summary: "backtest --from: what is taken to be offered for inclusion, for a unit of gas",
  },
  csv: { type: toggle, default: false, summary: "backtest: print the trades as CSV" },
} as const;
