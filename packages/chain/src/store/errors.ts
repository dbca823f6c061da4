import { defineErrors } from "@trellis/base";

export const storeErrors = defineErrors({
  BLOCK_UNKNOWN: {
    message: "block not executed by this node",
    hint: "check the hash; blocks outside the selected chain are not always executed",
    consequence: "reject",
  },
});
