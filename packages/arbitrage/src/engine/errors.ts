import { defineErrors } from "@trellis/base";

export const engineErrors = defineErrors({
  ENGINE_CHAIN_EMPTY: {
    message: "a node has no head",
    hint: "it is starting or syncing: wait for it",
    consequence: "retry",
  },
  L1_FEE_UNKNOWN: {
    message: "the chain does not say what it charges for a transaction's data",
    hint: "only chains of the OP stack have this oracle: set l1Fee to none elsewhere",
    consequence: "reject",
  },
  TRADE_POOL_UNKNOWN: {
    message: "a trade goes through a pool whose state is not certain here",
    hint: "list the pools: it may be stale, left out, or of a factory that is not followed",
    consequence: "reject",
  },
  TRADE_CYCLE_BROKEN: {
    message: "a trade's swaps do not follow each other back to the token that it begins with",
    hint: "each swap's token must be one of its pool, one of `tokens` where these are set, and what the swap before it gives",
    consequence: "reject",
  },
  TRADE_WITHOUT_PROFIT: {
    message: "a trade earns nothing, or cannot be executed",
    hint: "the facts say which; without an amount the best one is taken",
    consequence: "reject",
  },
});
