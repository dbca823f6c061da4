import { defineErrors } from "@trellis/base";

export const canonicalErrors = defineErrors({
  JSON_NOT_CANONICAL: {
    message: "not JSON in canonical form",
    hint: "write it as RFC 8785 says: sorted names, no spaces, each name once, shortest escapes, a few levels deep; well-formed text, finite numbers, amounts as text",
    consequence: "reject",
  },
});
