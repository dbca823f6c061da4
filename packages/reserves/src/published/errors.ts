import { defineErrors } from "@trellis/base";

export const publishedErrors = defineErrors({
  PUBLISHED_PROOF_WRONG: {
    message: "a published proof does not hold",
    hint: "compare with the published root and totals, and keep the file: content was changed, an entry left out, or a sum not added",
    consequence: "reject",
  },
  PUBLISHED_FORMAT_INVALID: {
    message: "not a file of the published format that it is said to be",
    hint: "take the file unchanged from the one who published it",
    consequence: "reject",
  },
  PUBLISHED_FORMAT_UNSUPPORTED: {
    message: "a published file uses what this verifier does not know",
    hint: "verify it with the tool of the one who published it",
    consequence: "reject",
  },
});
