import { defineErrors } from "@trellis/base";

export const wireErrors = defineErrors({
  MESSAGE_MALFORMED: {
    message: "malformed network message",
    hint: "compare the message with docs/spec/network.md; the reason or the cause describes the error",
    consequence: "penalise",
  },
});
