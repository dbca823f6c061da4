import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import type { TrellisError } from "@trellis/base";
import { fingerprintOf } from "@trellis/crypto/tls";
import { platformErrors } from "../errors.ts";
import { type ServerIdentity, secureOptions } from "./secureOptions.ts";

export interface CheckedIdentity extends ServerIdentity {
  readonly pin: string;
  readonly names: string;
  /** Earliest expiry in the chain. */
  readonly expiresMs: number;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** System bundles have about 150. */
const CERTIFICATES_MAX = 1_000;

/**
 * @param names by which clients reach the listener
 * @throws CONFIG_INVALID_VALUE if the certificate or key is missing, the certificate is expired or for
 * another name, or the key does not match
 */
export function checkIdentity(
  given: ServerIdentity,
  names: readonly string[],
  nowMs: number,
): CheckedIdentity {
  const chain = certificatesOf(given.certificate, "tlsCertificate");
  const [leaf] = chain as [X509Certificate];
  const { clientAuthority } = given;
  const clients =
    clientAuthority === undefined ? undefined : pemOf(certificatesOf(clientAuthority, "tlsClientAuthority"));
  const identity = { ...given, certificate: pemOf(chain), clientAuthority: clients };
  for (const certificate of chain) requireCurrent(certificate, nowMs);
  for (const [index, certificate] of chain.slice(0, -1).entries())
    if (!certificate.checkIssued(chain[index + 1]!))
      throw invalid("tlsCertificate", {
        reason: "chain out of order",
        expected: "each certificate followed by its issuer",
      });
  if (!leaf.checkPrivateKey(keyOf(identity.key)))
    throw invalid("tlsKeyFrom", { reason: "key does not match the certificate", subject: leaf.subject });
  const held = leaf.subjectAltName ?? "";
  const missing = names.find((name) => !isNamed(leaf, name));
  if (missing !== undefined)
    throw invalid("tlsCertificate", { reason: "other name", name: missing, names: held });
  try {
    createSecureContext(secureOptions(identity));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid("tlsCertificate", { reason }, error);
  }
  const expiresMs = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
  return { ...identity, pin: fingerprintOf(leaf.publicKey), names: held, expiresMs };
}

export function certificatesOf(pem: string, setting: string): X509Certificate[] {
  const parts = pem.match(CERTIFICATE) ?? [];
  if (parts.length === 0 || parts.length > CERTIFICATES_MAX)
    throw invalid(setting, { reason: "not a PEM certificate", certificates: parts.length });
  return parts.map((part) => {
    try {
      return new X509Certificate(part);
    } catch (error) {
      throw invalid(setting, { reason: "not a PEM certificate" }, error);
    }
  });
}

/** Concatenated files may lack line breaks. */
function pemOf(certificates: readonly X509Certificate[]): string {
  return certificates.map(String).join("");
}

function requireCurrent({ subject, validFrom, validTo }: X509Certificate, nowMs: number): void {
  const facts = { subject, validFrom, validTo };
  if (!(nowMs < Date.parse(validTo))) throw invalid("tlsCertificate", { reason: "expired", ...facts });
  if (!(Date.parse(validFrom) <= nowMs))
    throw invalid("tlsCertificate", { reason: "not valid yet", ...facts });
}

function keyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause may quote the key.
    throw invalid("tlsKeyFrom", { reason: "not an unencrypted private key in PEM" });
  }
}

function isNamed(leaf: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined;
}

function invalid(
  setting: string,
  facts: Readonly<Record<string, string | number>>,
  cause?: unknown,
): TrellisError {
  return platformErrors.CONFIG_INVALID_VALUE({ setting, ...facts }, cause);
}
