import { defineErrors } from "@trellis/base";

export const canonicalErrors = defineErrors({
  JSON_NOT_CANONICAL: {
    message: "a JSON text is not in canonical form",
    hint: "write it as RFC 8785 says: sorted names, no spaces, each name once, shortest escapes",
    consequence: "reject",
  },
  JSON_VALUE_UNSUPPORTED: {
    message: "a value has no canonical JSON form",
    hint: "give objects, lists, text without lone surrogates, finite numbers, booleans and null; amounts as text",
    consequence: "reject",
  },
  JSON_TOO_DEEP: {
    message: "a JSON value is nested deeper than admitted",
    hint: "documents of this service are a few levels deep",
    consequence: "reject",
  },
});
