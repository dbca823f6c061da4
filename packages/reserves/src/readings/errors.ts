import { defineErrors } from "@trellis/base";

export const readingsErrors = defineErrors({
  RESERVES_PLAN_MISMATCH: {
    message: "snapshot, ledger and chain plan inconsistent",
    hint: "add the chain to the --chains file, add the asset to the ledger with its decimals on the chain, or take a new snapshot, which binds the configured chains and prices",
    consequence: "reject",
  },
  RESERVES_SOURCE_INVALID: {
    message: "invalid balance statement or price list",
    hint: "correct the source: a statement is JSON with chain, height, hash, timeMs, and balances in base units as decimal text by address; a price list is JSON with quote, timeMs, and prices as decimal text by asset",
    consequence: "reject",
  },
  PRICE_MISSING: {
    message: "no price for an asset",
    hint: "add the asset to a price source; pending work continues by itself",
    consequence: "retry",
  },
});
