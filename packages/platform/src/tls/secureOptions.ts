import { randomBytes } from "node:crypto";
import type { SecureContextOptions, TLSSocket } from "node:tls";

export interface ServerIdentity {
  /** PEM, followed by intermediate certificates. */
  readonly certificate: string;
  readonly key: string;
  /** PEM. */
  readonly clientAuthority?: string | undefined;
  readonly versionMin: "TLSv1.3" | "TLSv1.2";
}

/** Measured from the start of the connection. */
export const HANDSHAKE_MS = 10_000;
/**
 * Groups after the slash are less preferred. If the client sent no key share for the first group, OpenSSL 3.5
 * requests one.
 */
const GROUPS = "X25519MLKEM768/X25519:P-256";
const TICKET_KEY_SIZE = 48;
const NAME_CHARS_MAX = 256;

/** Refuses session tickets of earlier contexts, whose client authority may have been replaced. */
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

/** Undefined unless the client authority issued the certificate. */
export function commonNameOf(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" && name !== "" && name.length <= NAME_CHARS_MAX ? name : undefined;
}
