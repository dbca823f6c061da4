import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { isTrellisError, type Scheduler, type TrellisError } from "@trellis/base";
import { untrustedPeer } from "@trellis/crypto/tls";
import { Client, ResultCodeError } from "ldapts";
import { isOwnMachine } from "../discoverProvider.ts";
import { authErrors } from "../errors.ts";
import { START_TLS, startTlsAnswer } from "./startTls.ts";

/** From connecting to the last answer. */
export const LOGIN_MS_MAX = 8_000;

/**
 * Connections are encrypted except to this machine.
 * @throws IDENTITY_PROVIDER_UNREACHABLE, and the errors of `work`
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
    // Errors already reject the waiting promises.
    return socket.on("error", () => {});
  };
  const place = { host, port: Number(address.port || (isTls ? 636 : 389)) };
  const late = Promise.withResolvers<never>();
  const cut = scheduler.after(LOGIN_MS_MAX, () => late.reject(unreachable("no response in time")));
  const run = async (): Promise<T> => {
    const plain = kept(connect(place));
    await once(plain, "connect");
    if (!isTls && isOwnMachine(address)) return work(clientOf(plain));
    if (!isTls) await startTls(plain);
    const secure = kept(connectTls({ ...tls, socket: plain }));
    await once(secure, "secureConnect");
    return work(clientOf(secure));
  };
  try {
    return await Promise.race([run(), late.promise]);
  } catch (error) {
    throw asProviderError(error, host);
  } finally {
    cut.cancel();
    for (const socket of sockets) socket.destroy();
  }
}

/** Negotiates without the library, which malformed bytes put into an endless loop. */
async function startTls(socket: Socket): Promise<void> {
  socket.write(START_TLS);
  let bytes = Buffer.alloc(0);
  for (let answer = startTlsAnswer(bytes); answer !== "started"; answer = startTlsAnswer(bytes)) {
    if (answer === "refused") throw unreachable("the directory does not start TLS");
    const closed = once(socket, "close").then(() => Promise.reject(unreachable("connection lost")));
    const [more] = (await Promise.race([once(socket, "data"), closed])) as [Buffer];
    bytes = Buffer.concat([bytes, more]);
  }
}

/** One connection only: the library would reconnect and send the next password without StartTLS. */
function clientOf(socket: Socket): Client {
  let isUsed = false;
  const createConnection = (): Socket => {
    if (isUsed) throw unreachable("connection lost");
    isUsed = true;
    return socket;
  };
  return new Client({ url: "ldap://connected", createConnection: createConnection as typeof connect });
}

export function unreachable(reason: string, cause?: unknown): TrellisError {
  return authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason }, cause);
}

/** Drops directory messages, which may contain names. */
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
