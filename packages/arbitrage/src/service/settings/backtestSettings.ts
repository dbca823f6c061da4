import {
  matching,
  objectOf,
  path,
  type SettingsOf,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";

const pastMembers = {
  from: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    value: "N",
    summary: "the first block",
    formerly: "from",
  },
  to: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    value: "N",
    summary: "the last block; 0: a recording is replayed",
    formerly: "to",
  },
  tip: {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: "1000000000",
    value: "WEI",
    summary: "what is taken to be offered for inclusion, for a unit of gas",
    formerly: "backtestTip",
  },
} as const;

export const backtestSettings = {
  recordDir: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "DIR",
    summary: "where serve and backtest --past write what they were told of the chain: a file for each start",
  },
  past: objectOf<SettingsOf<typeof pastMembers>>(pastMembers, "backtest: blocks of a node's history"),
  csv: { type: toggle, default: false, summary: "backtest: print the trades as CSV" },
} as const;
