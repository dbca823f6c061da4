import { defineErrors } from "@trellis/base";

export const miningErrors = defineErrors({
  MINING_ABORTED: {
    message: "the search for a nonce was stopped",
    hint: "start again with the newest template",
    consequence: "ignore",
  },
});
