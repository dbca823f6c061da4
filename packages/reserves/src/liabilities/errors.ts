import { defineErrors } from "@trellis/base";

/** What can be wrong with balances, trees and proofs of liabilities. */
export const liabilitiesErrors = defineErrors({
  SCHEME_UNAVAILABLE: {
    message: "this scheme of liabilities has no implementation yet",
    hint: "use sum, which proves totals, or plain, which proves inclusion only",
    consequence: "reject",
  },
});
