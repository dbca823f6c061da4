import { defineErrors } from "@trellis/base";

export const miningErrors = defineErrors({
  MINING_ABORTED: {
    message: "nonce search aborted",
    hint: "restart with the newest template",
    consequence: "ignore",
  },
});
