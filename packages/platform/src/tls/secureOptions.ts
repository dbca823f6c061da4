import { randomBytes } from "node:crypto";
import type { SecureContextOptions, TLSSocket } from "node:tls";

export interface ServerIdentity {
  /** PEM of the certificate, followed by the intermediate certificates. */
  readonly certificate: string;
  readonly key: string;
  /** PEM of the authority that issues client certificates. */
  readonly clientAuthority?: string | undefined;
  readonly versionMin: "TLSv1.3" | "TLSv1.2";
}

/** Maximum time from the connection to the end of the handshake. */
export const HANDSHAKE_MS = 10_000;
/**
 * The slash separates preference levels: if a client sends no key share for the first group, the server
 * requests one (OpenSSL 3.5).
 */
const GROUPS = "X25519MLKEM768/X25519:P-256";
const TICKET_KEY_SIZE = 48;
const NAME_CHARS_MAX = 256;

/**
 * Session tickets of an earlier context are refused, so that certificates of a replaced client authority are
 * not accepted.
 */
export function secureOptions({ certificate, key, clientAuthority, versionMin }: ServerIdentity) {
  return {
    cert: certificate,
    key,
    ...(clientAuthority !== undefined && { ca: clientAuthority }),
    minVersion: versionMin,
    ecdhCurve: GROUPS,
    ticketKeys: randomBytes(TICKET_KEY_SIZE),
  } satisfies SecureContextOptions & { readonly ticketKeys: Buffer };
}

/** Returns the common name of the peer's certificate if it is valid under the listener's client authority. */
export function commonNameOf(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" && name !== "" && name.length <= NAME_CHARS_MAX ? name : undefined;
}
