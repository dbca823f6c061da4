import { concatBytes } from "@trellis/base";
import { canonicalBytes } from "../canonical/index.ts";
import type { Attestation } from "./Attestation.ts";

const DOMAIN = "trellis-attestation-v1\n";

/** Domain, then canonical JSON (RFC 8785). */
export function attestationMessage(attestation: Attestation): Uint8Array {
  return concatBytes(new TextEncoder().encode(DOMAIN), canonicalBytes(attestation));
}
