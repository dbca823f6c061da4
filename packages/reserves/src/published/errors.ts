import { defineErrors } from "@trellis/base";

export const publishedErrors = defineErrors({
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
  PUBLISHED_LEAF_MISMATCH: {
    message: "a published leaf is not the hash of its own content",
    hint: "the content was changed after the tree was built, or is another customer's",
    consequence: "reject",
  },
  PUBLISHED_ROOT_MISMATCH: {
    message: "a published proof does not lead to the published root",
    hint: "compare the root with the one that was published; the entry may have been left out",
    consequence: "reject",
  },
  PUBLISHED_TOTALS_MISMATCH: {
    message: "the balances of a published proof do not add up to the published totals",
    hint: "keep the file: it shows a sum that was not added",
    consequence: "reject",
  },
  PUBLISHED_SUM_OVERFLOWS: {
    message: "a published balance or sum does not fit the scheme's range",
    hint: "the scheme would wrap around; take a scheme with a wider range",
    consequence: "reject",
  },
});
