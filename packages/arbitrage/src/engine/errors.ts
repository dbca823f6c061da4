import { defineErrors } from "@trellis/base";

export const engineErrors = defineErrors({
  ENGINE_CHAIN_EMPTY: {
    message: "node has no head block",
    hint: "wait: the node is starting or syncing",
    consequence: "retry",
  },
  L1_FEE_UNKNOWN: {
    message: "L1 data fee not available on this chain",
    hint: "set l1Fee to none: only chains of the OP stack have this oracle",
    consequence: "reject",
  },
  TRADE_REFUSED: {
    message: "trade not possible or not profitable",
    hint: "see the reason: for unknownPool, use a followed pool with a current state; for brokenCycle, use swaps that lead back to the first token through tokens of their pools and, if set, of the setting `tokens`; the default is the best amount",
    consequence: "reject",
  },
});
