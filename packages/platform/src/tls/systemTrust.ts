import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { fingerprintOf, tlsErrors } from "@trellis/crypto/tls";
import { platformErrors } from "../errors.ts";
import { certificatesOf } from "./checkIdentity.ts";
import { hostPin } from "./hostPin.ts";

export interface ProcessTrust {
  /** PEM file; may be empty. */
  readonly caFile: string;
  /** `HOST=sha256/BASE64`. Several during a key replacement. */
  readonly pins: readonly string[];
}

/**
 * Applies to all outgoing TLS connections of the process, including those of libraries. Adds authorities to
 * the system's; pins are required in addition. [GUARD-12]
 * @throws CONFIG_INVALID_VALUE
 */
export function trustInProcess({ caFile, pins }: ProcessTrust): void {
  if (caFile !== "") {
    const own = certificatesOf(contentOf(caFile), "caFile").map(String);
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), ...own]);
  }
  if (pins.length > 0) requirePins(pins);
}

function requirePins(entries: readonly string[]): void {
  const pinned = new Map<string, Set<string>>();
  for (const entry of entries) {
    const { host, pin } = hostPin(entry);
    pinned.set(host, (pinned.get(host) ?? new Set()).add(pin));
  }
  const checkName = tls.checkServerIdentity;
  // Called after the chain is verified.
  tls.checkServerIdentity = (host, certificate) => {
    const problem = checkName(host, certificate);
    const pins = pinned.get(host.toLowerCase());
    if (problem !== undefined || pins === undefined) return problem;
    const seen = fingerprintOf(new X509Certificate(certificate.raw).publicKey);
    return pins.has(seen) ? undefined : tlsErrors.TLS_PEER_UNTRUSTED({ host, reason: "other key", seen });
  };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "caFile", file, reason }, error);
  }
}
