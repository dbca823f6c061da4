import { defineErrors } from "@trellis/base";

export const protocolErrors = defineErrors({
  RLP_TRUNCATED: {
    message: "an RLP item reaches past the end of what holds it",
    hint: "send the whole encoding; the header's length must lie within the list or the input",
    consequence: "penalise",
  },
  RLP_NON_CANONICAL: {
    message: "an RLP item is not written in its shortest form",
    hint: "no leading zeros in lengths or integers, no length byte where none is needed",
    consequence: "penalise",
  },
  RLP_TRAILING: {
    message: "bytes follow the RLP item",
    hint: "send one item and nothing behind it",
    consequence: "penalise",
  },
  RLP_TOO_DEEP: {
    message: "RLP lists are nested too deeply",
    hint: "no message of this protocol nests that deep",
    consequence: "penalise",
  },
  RLP_TOO_MANY_ITEMS: {
    message: "an RLP encoding or list holds too many items",
    hint: "split what you send, or keep to the limit of the named field",
    consequence: "penalise",
  },
  RLP_KIND_UNEXPECTED: {
    message: "an RLP item is a list where bytes belong, or bytes where a list belongs",
    hint: "compare the order of the fields with docs/spec",
    consequence: "penalise",
  },
  RLP_LENGTH_UNEXPECTED: {
    message: "an RLP field has the wrong number of bytes",
    hint: "addresses have 20 bytes, hashes 32; other fields have the stated limits",
    consequence: "penalise",
  },
  RLP_INTEGER_TOO_GREAT: {
    message: "an RLP integer is greater than its field admits",
    hint: "see the field's range in docs/spec",
    consequence: "penalise",
  },
  RLP_FIELD_MISSING: {
    message: "an RLP list ends before a field",
    hint: "compare the order of the fields with docs/spec",
    consequence: "penalise",
  },
  RLP_FIELD_EXTRA: {
    message: "an RLP list has more fields than it should",
    hint: "compare the order of the fields with docs/spec",
    consequence: "penalise",
  },
  RLP_UNENCODABLE: {
    message: "RLP has no form for this value",
    hint: "integers must be whole, safe and not negative",
    consequence: "reject",
  },
});
