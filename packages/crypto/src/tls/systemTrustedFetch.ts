import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { tlsErrors } from "./errors.ts";
import { createTrustedAgent } from "./systemTrustedAgent.ts";
import type { Trust } from "./Trust.ts";

/**
 * Follows no redirects, because `trust` applies to one server.
 * @throws TLS_PEER_UNTRUSTED, and Node.js's connection errors
 */
export function createTrustedFetch(trust: Trust): typeof globalThis.fetch {
  const agent = createTrustedAgent(trust);
  return async (input, init) => {
    const request = new Request(input, init);
    const { protocol, hostname: host } = new URL(request.url);
    if (protocol !== "https:")
      throw tlsErrors.TLS_PEER_UNTRUSTED({ host, reason: "not an https:// address" });
    const length = lengthOf(init?.body);
    const outgoing = requestHttps(request.url, {
      method: request.method,
      headers: {
        ...Object.fromEntries(request.headers),
        ...(length !== undefined && { "content-length": String(length) }),
      },
      agent,
      signal: init?.signal ?? request.signal,
    });
    const answer = once(outgoing, "response");
    // After the response headers, the body reports errors.
    outgoing.on("error", () => {});
    if (request.body === null) outgoing.end();
    else void pipeline(Readable.fromWeb(request.body as never), outgoing).catch(() => {});
    const [message] = (await answer) as [IncomingMessage];
    if (isRedirect(message) && request.redirect !== "manual") {
      message.destroy();
      throw tlsErrors.TLS_PEER_UNTRUSTED({ host, reason: "redirected" });
    }
    return responseOf(message, request.method);
  };
}

function lengthOf(body: unknown): number | undefined {
  if (typeof body === "string") return Buffer.byteLength(body);
  if (body instanceof Blob) return body.size;
  return ArrayBuffer.isView(body) ? body.byteLength : undefined;
}

function isRedirect({ statusCode = 0, headers }: IncomingMessage): boolean {
  return statusCode >= 300 && statusCode < 400 && headers.location !== undefined;
}

/** Statuses whose Response must have no body. */
const EMPTY = new Set([204, 205, 304]);

function responseOf(message: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, statusMessage: statusText = "", rawHeaders } = message;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  const isEmpty = EMPTY.has(status) || method === "HEAD";
  if (isEmpty) message.resume();
  return new Response(isEmpty ? null : (Readable.toWeb(message) as never), { status, statusText, headers });
}
