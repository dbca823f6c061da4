import { defineErrors } from "@trellis/base";

export const readingsErrors = defineErrors({
  RESERVES_PLAN_MISMATCH: {
    message: "snapshot, ledger and the plan of chains do not fit together",
    hint: "name the chain in the file of --chains, add the asset to the ledger with the decimals that it has on the chain, or take a new snapshot: it binds the chains and prices that are configured",
    consequence: "reject",
  },
  RESERVES_PLAN_INVALID: {
    message: "the file that names chains, assets and prices can't be followed",
    hint: "compare it with the example in docs/guides/reserves.md",
    consequence: "fatal",
  },
  BALANCE_STATEMENT_INVALID: {
    message: "not a statement of balances",
    hint: "JSON with chain, height, hash, timeMs, and balances in base units as decimal text by address",
    consequence: "reject",
  },
  PRICE_SOURCE_INVALID: {
    message: "not a list of prices",
    hint: "JSON with quote, timeMs, and prices as decimal text by asset",
    consequence: "reject",
  },
  PRICE_MISSING: {
    message: "no source has a price for an asset",
    hint: "add the assets to one of the price sources: what waits for them goes on by itself",
    consequence: "retry",
  },
});
