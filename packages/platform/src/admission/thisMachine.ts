import type { IncomingHttpHeaders } from "node:http";

/** Headers that proxies add; behind a proxy on this machine everybody seems to come from loopback. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

/** Whether a host's name or address, without a port, is this machine's own alone. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether a Host header names this machine: a page that had its own name resolve to it is known by that name. */
export function namesThisMachine(authority: string): boolean {
  return URL.canParse(`http://${authority}`) && isLoopbackHost(new URL(`http://${authority}`).hostname);
}

/** What a request shows of where it comes from. */
export interface RequestOrigin {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Whether a request comes over loopback, through no proxy. */
export function isFromThisMachine({ socket, headers }: RequestOrigin): boolean {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  return isLoopbackHost(socket.remoteAddress?.replace(/^::ffff:/, "") ?? "");
}
