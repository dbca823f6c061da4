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
    summary: "first block",
    formerly: "from",
  },
  to: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    value: "N",
    summary: "last block; 0: replay a recording",
    formerly: "to",
  },
  tip: {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: "1000000000",
    value: "WEI",
    summary: "assumed priority fee, wei per gas",
    formerly: "backtestTip",
  },
} as const;

export const backtestSettings = {
  recordDir: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "DIR",
    summary: "directory where `serve` and `backtest --past` record chain data, one file per start",
  },
  past: objectOf<SettingsOf<typeof pastMembers>>(
    pastMembers,
    "backtest: range of past blocks, read from a node",
  ),
  csv: { type: toggle, default: false, summary: "backtest: print the trades as CSV" },
} as const;
