import { concatBytes } from "@trellis/base";
import { canonicalBytes } from "../canonical/index.ts";
import type { Attestation } from "./Attestation.ts";

/** No other document that the same key signs begins so. */
const DOMAIN = "trellis-attestation-v1\n";

/** The bytes that are signed: the domain, then the attestation as canonical JSON (RFC 8785). */
export function attestationMessage(attestation: Attestation): Uint8Array {
  return concatBytes(new TextEncoder().encode(DOMAIN), canonicalBytes(attestation));
}
