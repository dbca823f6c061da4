import { defineErrors } from "@trellis/base";

export const contractsErrors = defineErrors({
  GENESIS_CONTRACT_REFUSED: {
    message: "system contract rejected its genesis values",
    hint: "decode the contract's error in the data; compare the governed values with their limits, and the validators' keys and stakes with docs/spec/staking.md",
    consequence: "fatal",
  },
});
