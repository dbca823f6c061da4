import { defineErrors } from "@trellis/base";

export const miningErrors = defineErrors({
  WORK_INVALID: {
    message: "a piece of work, or how a miner shall search, has a field out of range",
    hint: "sealRoot has 32 bytes that are not all zero, nonce is a uint64, target a uint256; at least one worker, a duty cycle above 0 and at most 1, a stride of at least 1",
    consequence: "reject",
  },
  MINER_BUSY: {
    message: "the miner still searches for another nonce",
    hint: "abort that search first, or create a miner for each stream",
    consequence: "retry",
  },
  MINING_ABORTED: {
    message: "the search for a nonce was stopped",
    hint: "start again with the newest template",
    consequence: "ignore",
  },
});
