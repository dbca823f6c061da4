import { defineErrors } from "./TrellisError.ts";

export const baseErrors = defineErrors({
  HEX_INVALID: {
    message: "not hexadecimal bytes",
    hint: "write an even number of hexadecimal digits behind 0x",
    consequence: "reject",
  },
});
