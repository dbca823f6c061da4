import { defineErrors } from "@trellis/base";

export const publishedErrors = defineErrors({
  PUBLISHED_PROOF_WRONG: {
    message: "published proof verification failed",
    hint: "compare with the published root and totals, and keep the file: content was changed, an entry was omitted, or a sum is wrong",
    consequence: "reject",
  },
  PUBLISHED_FORMAT_INVALID: {
    message: "published file malformed, or format not supported",
    hint: "use the publisher's file unchanged, or verify it with the publisher's tool",
    consequence: "reject",
  },
});
