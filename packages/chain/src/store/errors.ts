import { defineErrors } from "@trellis/base";

export const storeErrors = defineErrors({
  STORE_DAMAGED: {
    message: "something that the chain's store must hold is missing or cannot be read",
    hint: "restore the data directory from a backup, or sync it anew",
    consequence: "fatal",
  },
  BLOCK_UNKNOWN: {
    message: "no such block was executed here",
    hint: "check the hash; blocks beside the selected chain are not always executed",
    consequence: "reject",
  },
});
