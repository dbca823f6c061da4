import { defineErrors } from "@trellis/base";

export const attestationErrors = defineErrors({
  ATTESTATION_REFUSED: {
    message: "attestation malformed, or verification failed",
    hint: "keep the file, and download it again; ask the custodian for missing claims; compare keys, custodian, snapshot, prices, blocks and liabilities with the published signed record",
    consequence: "reject",
  },
  ATTESTATION_INPUT_INVALID: {
    message: "invalid input of an attestation",
    hint: "use each asset once, no negative amounts, haircuts from 0 to 10,000 basis points, and a price with sources for each asset",
    consequence: "reject",
  },
});
