import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { isTrellisError, type Scheduler, type TrellisError } from "@trellis/base";
import { untrustedPeer } from "@trellis/crypto/tls";
import { Client, ResultCodeError } from "ldapts";
import { isOwnMachine } from "../discoverProvider.ts";
import { authErrors } from "../errors.ts";

/** From the connection to the last answer. */
export const LOGIN_MS_MAX = 8_000;

/**
 * One connection for one login; encrypted, except to this machine.
 * @throws IDENTITY_PROVIDER_UNREACHABLE, and what `work` throws
 */
export async function withDirectory<T>(
  url: string,
  scheduler: Scheduler,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const address = new URL(url);
  const host = address.hostname.replace(/^\[(.*)\]$/, "$1");
  const tls = { host, ...(isIP(host) === 0 && { servername: host }), minVersion: "TLSv1.2" as const };
  const isTls = address.protocol === "ldaps:";
  const sockets: Socket[] = [];
  const kept = <Kind extends Socket>(socket: Kind): Kind => {
    sockets.push(socket);
    return socket;
  };
  const client = new Client({
    url,
    ...(isTls && { tlsOptions: tls }),
    createConnection: ((port: number, name: string) => {
      // The library replaces a lost connection, and would send the next password without StartTLS.
      if (sockets.length > 0) throw unreachable("connection lost");
      return kept(connect(port, name));
    }) as typeof connect,
    createSecureConnection: ((...given: Parameters<typeof connectTls>) =>
      kept(connectTls(...given))) as typeof connectTls,
  });
  const late = Promise.withResolvers<never>();
  const cut = scheduler.after(LOGIN_MS_MAX, () => late.reject(unreachable("no answer in time")));
  const run = async (): Promise<T> => {
    if (!isTls && !isOwnMachine(address)) await client.startTLS(tls);
    return work(client);
  };
  try {
    return await Promise.race([run(), late.promise]);
  } catch (error) {
    throw asProviderError(error, host);
  } finally {
    cut.cancel();
    // The library waits for a silent peer.
    for (const socket of sockets) socket.destroy();
  }
}

export function unreachable(reason: string, cause?: unknown): TrellisError {
  return authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason }, cause);
}

/** Messages of directories may contain names. */
function asProviderError(error: unknown, host: string): unknown {
  const untrusted = isTrellisError(error, "TLS_PEER_UNTRUSTED") ? error : untrustedPeer(error, host);
  if (untrusted !== undefined) {
    const { reason, seen } = untrusted.facts;
    return authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason, seen }, untrusted);
  }
  if (isTrellisError(error)) return error;
  if (error instanceof ResultCodeError) return unreachable(`LDAP result code ${error.code}`, error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return unreachable(typeof code === "string" ? code : "connection lost", error);
}
