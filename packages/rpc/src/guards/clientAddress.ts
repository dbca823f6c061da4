import type { IncomingMessage } from "node:http";
import { isLoopbackHost } from "@trellis/platform/admission";

/** /64, an IPv6 site's network. */
const SITE_GROUPS = 4;
const GROUPS = 8;

/** IPv4 address or IPv6 /64 network. Only a proxy on this machine is trusted; others can forge the header. [RPC-23] */
export function clientAddress({ headers, socket }: Pick<IncomingMessage, "headers" | "socket">): string {
  const address = plainAddress(socket.remoteAddress);
  const forwarded = headers["x-forwarded-for"];
  if (forwarded === undefined || !isLoopbackHost(address)) return shareOf(address);
  const nearest = `${forwarded}`.split(",").at(-1)?.trim().slice(0, ADDRESS_LENGTH_MAX);
  return shareOf(plainAddress(nearest));
}

/** IPv6 with embedded IPv4. */
const ADDRESS_LENGTH_MAX = 45;

function plainAddress(address = ""): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

function shareOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = tail === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length);
  const groups = [...before, ...new Array<string>(zeros).fill("0"), ...after];
  return `${groups.slice(0, SITE_GROUPS).join(":")}::/64`;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
