import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { bytesToHex, type Clock, isTrellisError, type Log, type TrellisError } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import { SlidingWindow } from "../guard/SlidingWindow.ts";
import { signerErrors } from "../keyServices/errors.ts";
import { jsonOf } from "../keyServices/KeyServiceHttp.ts";
import { commonNameOf, HANDSHAKE_MS, secureOptions } from "../tls/index.ts";
import type { Signer } from "./createSigner.ts";
import { CLIENT_NAME, type SignerOperation } from "./SignerAccess.ts";
import type { SignerKey } from "./SignerKey.ts";

export interface SignerTls {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Issuer of client certificates. */
  readonly authority: string;
}

export interface SignerServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: SignerTls;
}

export interface SignerRoute {
  /** Such as `/api/v1/eth2/sign`. */
  readonly path: string;
  readonly operationOf: (body: unknown) => SignerOperation;
  /** Default: unchanged. */
  readonly writeSignature?: (signature: Uint8Array) => Uint8Array;
}

export interface SignerServerPorts {
  readonly signer: Signer;
  readonly routes: readonly SignerRoute[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface SignerServer {
  readonly url: string;
  /** Applies to new connections. A changed authority closes open connections. */
  setTls(tls: SignerTls): void;
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 131_072;
const HEADER_BYTES_MAX = 8_192;
const CONNECTIONS_MAX = 512;
const REQUEST_MS_MAX = 10_000;
const IDLE_MS = 120_000;
const PAGE_KEYS = 250;
const MINUTE_MS = 60_000;
/** Per minute. */
const REFUSALS_LOGGED = 60;

/** Other codes have status 500 without facts. */
const STATUSES: Readonly<Record<string, number>> = {
  SIGNER_REFUSED: 403,
  SIGNER_UNAUTHENTICATED: 401,
  SIGNER_MESSAGE_INVALID: 400,
  SIGNER_RATE_EXCEEDED: 429,
  // As in Web3Signer.
  VOTE_PROTECTED: 412,
  VOTE_LOG_UNUSABLE: 412,
  SIGNER_AUDIT_UNWRITABLE: 503,
  SIGNER_UNREACHABLE: 503,
  SIGNER_SETUP_INVALID: 503,
};

/**
 * TLS 1.3; the common names of client certificates identify clients. Paths match Web3Signer's. [SIGNER-1]
 * @throws PORT_UNAVAILABLE, SIGNER_SETUP_INVALID
 */
export async function openSignerServer(
  { host, port, tls }: SignerServerOptions,
  ports: SignerServerPorts,
): Promise<SignerServer> {
  const server = serverOf(tls, (request, response) => {
    serve(request, response, ports).catch((error: unknown) => {
      ports.log.error("signer.requestFailed", { error: error as Error });
      response.destroy();
    });
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw platformErrors.PORT_UNAVAILABLE({ host, port, reason }, error);
  }
  const refusals = new SlidingWindow(MINUTE_MS);
  server.on("tlsClientError", (error) => {
    // Unknown clients can cause any number of refusals.
    if (refusals.take(ports.clock.nowMs(), 1, REFUSALS_LOGGED))
      ports.log.warn("signer.connectionRefused", { reason: error.message });
  });
  let { authority } = tls;
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `https://${shown}:${(server.address() as AddressInfo).port}`,
    setTls(next) {
      server.setSecureContext(contextOf(next));
      // The clients' authority may have been withdrawn.
      if (next.authority !== authority) server.closeAllConnections();
      authority = next.authority;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function contextOf({ authority, ...pair }: SignerTls) {
  return secureOptions({ ...pair, clientAuthority: authority, versionMin: "TLSv1.3" });
}

function serverOf(
  tls: SignerTls,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  try {
    const server = createServer(
      {
        ...contextOf(tls),
        requestCert: true,
        rejectUnauthorized: true,
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: REQUEST_MS_MAX,
        requestTimeout: REQUEST_MS_MAX,
        keepAliveTimeout: IDLE_MS,
        handshakeTimeout: HANDSHAKE_MS,
      },
      listener,
    );
    server.maxConnections = CONNECTIONS_MAX;
    return server;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw signerErrors.SIGNER_SETUP_INVALID({ what: "certificate or its key", reason }, error);
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  ports: SignerServerPorts,
): Promise<void> {
  const id = request.headers["x-request-id"];
  if (typeof id === "string" && /^[0-9a-f]{1,64}$/.test(id)) response.setHeader("x-request-id", id);
  response.setHeader("cache-control", "no-store");
  try {
    const client = clientOf(request.socket as TLSSocket, ports.clock.nowMs());
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    if (request.method === "GET") return sendJson(response, 200, read(client, path, query, ports.signer));
    if (request.method !== "POST") throw signerErrors.SIGNER_MESSAGE_INVALID({ reason: "method" });
    await sign(client, path, { request, response }, ports);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    sendError(response, error, ports.log);
  }
}

function clientOf(socket: TLSSocket, nowMs: number): string {
  const { valid_to: validTo } = socket.getPeerCertificate();
  const name = commonNameOf(socket);
  if (name === undefined || !CLIENT_NAME.test(name))
    throw signerErrors.SIGNER_UNAUTHENTICATED({ reason: "the certificate has no client name" });
  // A connection can outlive its certificate.
  if (!(Date.parse(validTo) > nowMs))
    throw signerErrors.SIGNER_UNAUTHENTICATED({ reason: "certificate expired", client: name, validTo });
  return name;
}

function read(client: string, path: string, query: string, signer: Signer): object {
  if (path === "/upcheck") return { status: "OK" };
  const keys = signer.keysOf(client);
  if (path === "/api/v1/eth1/publicKeys") return publicKeys(keys, "secp256k1");
  if (path === "/api/v1/eth2/publicKeys") return publicKeys(keys, "bls12-381");
  if (path !== "/api/v1/keys") throw signerErrors.SIGNER_MESSAGE_INVALID({ reason: "path" });
  const after = new URLSearchParams(query).get("after");
  const from = after === null ? 0 : keys.findIndex(({ id }) => id === after) + 1;
  const page = keys.slice(from, from + PAGE_KEYS);
  return {
    keys: page.map(({ publicKey, ...key }) => ({ ...key, publicKey: bytesToHex(publicKey) })),
    hasMore: from + page.length < keys.length,
  };
}

/** Web3Signer omits the prefix 04 of secp256k1 keys. */
function publicKeys(keys: readonly SignerKey[], algorithm: SignerKey["algorithm"]): string[] {
  return keys
    .filter((key) => key.algorithm === algorithm)
    .map(({ publicKey }) => bytesToHex(publicKey.length === 65 ? publicKey.subarray(1) : publicKey));
}

async function sign(
  client: string,
  path: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { signer, routes }: SignerServerPorts,
): Promise<void> {
  const route = routes.find((known) => path.startsWith(`${known.path}/`));
  if (route === undefined) throw signerErrors.SIGNER_MESSAGE_INVALID({ reason: "path" });
  const body = await bodyOf(request);
  const name = decoded(path.slice(route.path.length + 1));
  const { answer } = await signer.ask({ client, key: name, operation: route.operationOf(body), body });
  if (!(answer instanceof Uint8Array)) return sendJson(response, 200, answer);
  const signature = bytesToHex(route.writeSignature?.(answer) ?? answer);
  if ((request.headers.accept ?? "").includes("application/json"))
    return sendJson(response, 200, { signature });
  response.writeHead(200, { "content-type": "text/plain" }).end(signature);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw signerErrors.SIGNER_MESSAGE_INVALID({ reason: "path" });
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_BYTES_MAX) throw signerErrors.SIGNER_MESSAGE_INVALID({ reason: "too long", size });
    parts.push(part);
  }
  const body = jsonOf(Buffer.concat(parts).toString("utf8"));
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw signerErrors.SIGNER_MESSAGE_INVALID({ reason: "not a JSON object", size });
  return body;
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
    .end(text);
}

function sendError(response: ServerResponse, error: TrellisError, log: Log): void {
  const status = STATUSES[error.code] ?? 500;
  if (status >= 500) log.error("signer.failed", { error });
  const { code, facts, hint } = error.toJSON();
  if (status === 429) response.setHeader("retry-after", "60");
  // The body has not been read to its end.
  if (error.code === "SIGNER_MESSAGE_INVALID") response.setHeader("connection", "close");
  sendJson(response, status, status === 500 ? { code: "INTERNAL" } : { code, facts, hint });
}
