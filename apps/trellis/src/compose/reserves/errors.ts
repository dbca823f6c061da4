import { defineErrors } from "@trellis/base";

export const reservesErrors = defineErrors({
  RESERVES_PRICES_MISSING: {
    message: "the snapshot commits to no prices",
    hint: "take a new snapshot: it reads the price sources that are configured, and commits to what they say",
    consequence: "reject",
  },
  RESERVES_REBASE_PARTIAL: {
    message: "what is there can't be taken as explained: not all chains could be read",
    hint: "nothing was explained, and incidents stay open; ask again when CHAIN_UNREADABLE is closed",
    consequence: "retry",
  },
  RESERVES_SOURCE_UNREADABLE: {
    message: "a source of balances or prices can't be read",
    hint: "check the file or the address that the plan names",
    consequence: "retry",
  },
});
