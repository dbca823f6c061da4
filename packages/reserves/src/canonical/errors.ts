import { defineErrors } from "@trellis/base";

export const canonicalErrors = defineErrors({
  JSON_NOT_CANONICAL: {
    message: "JSON not in canonical form",
    hint: "format it as in RFC 8785: sorted names, no spaces, each name once, shortest escapes, limited depth; well-formed text, finite numbers, amounts as text",
    consequence: "reject",
  },
});
