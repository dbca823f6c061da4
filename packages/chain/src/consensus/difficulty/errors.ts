import { defineErrors } from "@trellis/base";

export const difficultyErrors = defineErrors({
  TIMESTAMP_TOO_OLD: {
    message: "the timestamp is not later than the median time of the block's past",
    hint: "the miner's clock is behind, or the block was built long before it was sealed",
    consequence: "penalise",
  },
});
