import { defineErrors } from "@trellis/base";

export const attestationErrors = defineErrors({
  ATTESTATION_REFUSED: {
    message: "a signed attestation does not hold",
    hint: "keep the file; ask the custodian for a claim that is missing; compare its keys, custodian, snapshot, prices, blocks and liabilities with the signed record that was published",
    consequence: "reject",
  },
  ATTESTATION_INPUT_INVALID: {
    message: "an attestation can't be made of this",
    hint: "each asset once, amounts not negative, haircuts of 0 to 10,000 basis points, a price with sources for each asset",
    consequence: "reject",
  },
  ATTESTATION_MALFORMED: {
    message: "not a signed attestation",
    hint: "take the file unchanged from the custodian; it is canonical JSON (RFC 8785) of version 1",
    consequence: "reject",
  },
});
