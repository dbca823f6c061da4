import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Method } from "../methods/Method.ts";
import type { Session } from "../Session.ts";

/** What proxies add; behind one on this machine everybody seems to come from loopback. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

/** Whether a request comes from a program on this machine, and not from a web page. [RPC-21] */
export function isFromLocalProgram(request: IncomingMessage): boolean {
  return request.headers.origin === undefined && isFromThisMachine(request);
}

/** What a request shows of where it comes from. */
export interface RequestOrigin {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Whether a request comes over loopback, through no proxy. */
export function isFromThisMachine({ socket, headers }: RequestOrigin): boolean {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  return isLoopback(socket.remoteAddress?.replace(/^::ffff:/, "") ?? "");
}

/** Whether only this machine reaches a host. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Whether a method of the server exists for whoever holds the session. [RPC-21] */
export function isServedTo(session: Session, { role }: Pick<Method, "role">): boolean {
  return role !== "admin" || session.isLocalProgram;
}
