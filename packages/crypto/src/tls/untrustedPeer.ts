import type { TrellisError } from "@trellis/base";
import { tlsErrors } from "./errors.ts";

/** Node.js's codes for failed certificate verification. */
const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "not valid yet",
  CERT_REVOKED: "revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "other name",
  CERT_UNTRUSTED: "unknown authority",
  CERT_SIGNATURE_FAILURE: "unknown authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "unknown authority",
  INVALID_CA: "unknown authority",
  INVALID_PURPOSE: "unknown authority",
  SELF_SIGNED_CERT_IN_CHAIN: "unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknown authority",
};

export function untrustedPeer(error: unknown, host: string): TrellisError | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  return reason === undefined ? undefined : tlsErrors.TLS_PEER_UNTRUSTED({ host, reason }, error);
}
