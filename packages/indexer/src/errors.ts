import { defineErrors } from "@trellis/base";

export const indexerErrors = defineErrors({
  INDEX_UNUSABLE: {
    message: "the index is damaged, or of another chain",
    hint: "delete the directory of the index: the node builds it again from the chain",
    consequence: "fatal",
  },
  INDEX_CURSOR_INVALID: {
    message: "the cursor is not one that a page of this list ended with",
    hint: "begin without a cursor, and give back the cursor of a page as it was",
    consequence: "reject",
  },
});
