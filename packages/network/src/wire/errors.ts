import { defineErrors } from "@trellis/base";

/** What is wrong with a message. Decoders throw nothing else. */
export const wireErrors = defineErrors({
  MESSAGE_MALFORMED: {
    message: "a message does not have the form that its protocol gives it",
    hint: "compare it with docs/spec/network.md; the reason or the cause names what is wrong",
    consequence: "penalise",
  },
});
