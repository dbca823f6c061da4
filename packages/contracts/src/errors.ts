import { defineErrors } from "@trellis/base";

export const contractsErrors = defineErrors({
  GENESIS_CONTRACT_REFUSED: {
    message: "a system contract refuses the values that genesis gives it",
    hint: "the data is the contract's error: compare the governed values with their bounds, the validators' keys and stakes with docs/spec/staking.md",
    consequence: "fatal",
  },
});
