import { defineErrors } from "@trellis/base";

export const indexerErrors = defineErrors({
  INDEX_UNUSABLE: {
    message: "index damaged, or built for another chain",
    hint: "delete the index directory; the node rebuilds it from the chain",
    consequence: "fatal",
  },
  INDEX_CURSOR_INVALID: {
    message: "invalid cursor",
    hint: "start without a cursor, then pass each page's cursor unchanged",
    consequence: "reject",
  },
});
