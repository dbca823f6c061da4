import { defineErrors } from "@trellis/base";

export const attestationErrors = defineErrors({
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
  ATTESTATION_ARITHMETIC_WRONG: {
    message: "an attestation does not follow from its own figures",
    hint: "keep the file: its signer signed a result that its figures do not give",
    consequence: "reject",
  },
  ATTESTATION_UNSIGNED: {
    message: "an attestation has no signature of the expected key",
    hint: "compare the key with the one that the custodian published",
    consequence: "reject",
  },
  ATTESTATION_SIGNATURE_INVALID: {
    message: "a signature does not match the attestation",
    hint: "the attestation was changed after signing, or was never signed",
    consequence: "reject",
  },
  ATTESTATION_OF_ANOTHER: {
    message: "an attestation is another custodian's, or not of what the snapshot's record fixed",
    hint: "compare custodian, snapshot, prices, blocks and liabilities with the signed record that was published",
    consequence: "reject",
  },
  ATTESTATION_EVIDENCE_MISSING: {
    message: "an attested address has no signed claim",
    hint: "ask the custodian for the challenge and the signature of this address",
    consequence: "reject",
  },
});
