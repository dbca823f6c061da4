import { defineErrors } from "@trellis/base";

export const storeErrors = defineErrors({
  BLOCK_UNKNOWN: {
    message: "no such block was executed here",
    hint: "check the hash; blocks beside the selected chain are not always executed",
    consequence: "reject",
  },
});
