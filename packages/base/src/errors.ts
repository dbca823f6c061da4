import { defineErrors } from "./TrellisError.ts";

export const baseErrors = defineErrors({
  HEX_INVALID: {
    message: "not hexadecimal bytes",
    hint: "write an even number of hexadecimal digits behind 0x",
    consequence: "reject",
  },
  BUILD_MISSING: {
    message: "a part that is compiled on this machine is not there",
    hint: "run `npm run prepare`, which compiles it",
    consequence: "fatal",
  },
  /** A mistake of the calling code, which no input of a user leads to. `rule` says what must hold. */
  ARGUMENT_INVALID: {
    message: "a function of Trellis got an argument that it does not take",
    hint: "a defect of the calling program: report it with the facts",
    consequence: "reject",
  },
});
