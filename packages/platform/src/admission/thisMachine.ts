import type { IncomingHttpHeaders } from "node:http";

/** Headers of proxies: behind a local proxy, every client seems local. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

export function namesThisMachine(authority: string): boolean {
  return URL.canParse(`http://${authority}`) && isLoopbackHost(new URL(`http://${authority}`).hostname);
}

export interface RequestOrigin {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

export function isFromThisMachine({ socket, headers }: RequestOrigin): boolean {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  return isLoopbackHost(socket.remoteAddress?.replace(/^::ffff:/, "") ?? "");
}
