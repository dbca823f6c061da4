import { defineErrors } from "@trellis/base";

/** What is wrong with a message. Decoders throw nothing else. */
export const wireErrors = defineErrors({
  MESSAGE_MALFORMED: {
    message: "a message does not have the form that its protocol gives it",
    hint: "compare it with docs/spec/network.md; the reason or the cause names what is wrong",
    consequence: "penalise",
  },
  MESSAGE_TOO_MANY: {
    message: "a list in a message has more items than its protocol admits",
    hint: "ask for less, or split what you send",
    consequence: "penalise",
  },
  MESSAGE_UNENCODABLE: {
    message: "this node built a message that its protocol does not admit",
    hint: "report this: the limits of a part of the node do not match those of the protocol",
    consequence: "reject",
  },
});
