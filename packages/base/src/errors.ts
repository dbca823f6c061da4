import { defineErrors } from "./TrellisError.ts";

export const baseErrors = defineErrors({
  HEX_INVALID: {
    message: "invalid hexadecimal bytes",
    hint: "use 0x and an even number of hexadecimal digits",
    consequence: "reject",
  },
  BUILD_MISSING: {
    message: "build output missing",
    hint: "run `npm run prepare`",
    consequence: "fatal",
  },
  ARGUMENT_INVALID: {
    message: "invalid argument of an internal function",
    hint: "report this defect with the facts",
    consequence: "reject",
  },
});
