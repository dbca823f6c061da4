import { defineErrors } from "@trellis/base";

export const indexerErrors = defineErrors({
  INDEX_OF_OTHER_CHAIN: {
    message: "the index is of another chain",
    hint: "remove the index's directory: it is built again from the chain",
    consequence: "fatal",
  },
  INDEX_CURSOR_INVALID: {
    message: "the cursor is not one that a page of this list ended with",
    hint: "begin without a cursor, and give back the cursor of a page as it was",
    consequence: "reject",
  },
});
