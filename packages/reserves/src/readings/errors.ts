import { defineErrors } from "@trellis/base";

export const readingsErrors = defineErrors({
  RESERVES_PLAN_INVALID: {
    message: "the file that names chains, assets and prices can't be followed",
    hint: "compare it with the example in docs/guides/reserves.md",
    consequence: "fatal",
  },
  RESERVES_CHAIN_UNKNOWN: {
    message: "no source is configured for a chain",
    hint: "name the chain in the file of --chains",
    consequence: "reject",
  },
  RESERVES_HEIGHT_MISSING: {
    message: "the snapshot does not say at which block a chain is counted",
    hint: "take a new snapshot: it binds the chains that are configured",
    consequence: "reject",
  },
  RESERVES_DECIMALS_DIFFER: {
    message: "the ledger counts an asset in other base units than the chain",
    hint: "add the asset to the ledger with the decimals that it has on the chain",
    consequence: "reject",
  },
  BALANCE_STATEMENT_INVALID: {
    message: "not a statement of balances",
    hint: "JSON with chain, height, hash, timeMs, and balances in base units as decimal text by address",
    consequence: "reject",
  },
  BALANCE_STATEMENT_OF_ANOTHER_BLOCK: {
    message: "a statement of balances is of another block than the snapshot",
    hint: "state the balances at the height that the snapshot names",
    consequence: "reject",
  },
  BALANCE_UNSTATED: {
    message: "a statement of balances says nothing of an address",
    hint: "state the balance of every claimed address, zero where it holds nothing",
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
