import type { IncomingHttpHeaders } from "node:http";
import type { AddressList } from "./AddressList.ts";
import { isLoopback, normalAddress } from "./address.ts";

/** Characters. Real proxy chains are shorter. */
const FORWARDED_MAX = 2_048;
const PROXY_HEADERS = ["x-forwarded-for", "forwarded", "x-real-ip", "via"] as const;

export interface Arrival {
  readonly peer: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** The nearest address that is not a trusted proxy; undefined if unknown. [GUARD-1] */
export function clientAddress({ peer = "", headers }: Arrival, trusted: AddressList): string | undefined {
  let address = normalAddress(peer);
  if (address === undefined) return undefined;
  if (!trusted.has(address)) return isLoopback(address) && isForwarded(headers) ? undefined : address;
  const hops = hopsOf(headers);
  if (hops === undefined) return isForwarded(headers) ? undefined : address;
  for (let hop = hops.pop(); hop !== undefined; hop = hops.pop()) {
    address = normalAddress(withoutPort(hop));
    if (address === undefined || !trusted.has(address)) return address;
  }
  return address;
}

export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return PROXY_HEADERS.some((name) => headers[name] !== undefined);
}

/** The nearest hop is last. */
function hopsOf(headers: IncomingHttpHeaders): string[] | undefined {
  const { forwarded, "x-forwarded-for": given } = headers;
  if (given !== undefined) return tailOf(`${given}`).split(",");
  if (forwarded === undefined) return undefined;
  return tailOf(forwarded)
    .split(",")
    .map((element) => /(?:^|;)\s*for="?([^";]+)/i.exec(element)?.[1] ?? "");
}

function tailOf(text: string): string {
  return text.slice(-FORWARDED_MAX);
}

/** Accepts `1.2.3.4:80` and `[2001:db8::1]:80`. */
function withoutPort(hop: string): string {
  const text = hop.trim();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  return bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}
