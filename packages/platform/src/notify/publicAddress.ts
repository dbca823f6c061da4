import { BlockList, isIP } from "node:net";
import { notifyErrors } from "./errors.ts";

/** IANA special-purpose address registries. */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  PRIVATE.addSubnet(net, prefix, "ipv4");
}
const PUBLIC_V6 = new BlockList();
PUBLIC_V6.addSubnet("2000::", 3, "ipv6");
const PRIVATE_V6 = new BlockList();
for (const [net, prefix] of [
  ["2001:db8::", 32],
  // 6to4 and Teredo embed unchecked IPv4 addresses.
  ["2002::", 16],
  ["2001::", 32],
] as const) {
  PRIVATE_V6.addSubnet(net, prefix, "ipv6");
}

export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !PRIVATE.check(address, "ipv4");
  return version === 6 && PUBLIC_V6.check(address, "ipv6") && !PRIVATE_V6.check(address, "ipv6");
}

/** Resolved addresses are checked when connecting. @throws WEBHOOK_URL_REFUSED */
export function requirePublicUrl(text: string): URL {
  const refused = (reason: string) => notifyErrors.WEBHOOK_URL_REFUSED({ reason });
  if (!URL.canParse(text)) throw refused("not a URL");
  const url = new URL(text);
  if (url.protocol !== "https:") throw refused("not https");
  if (url.username !== "" || url.password !== "") throw refused("credentials in the address");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw refused("an address that is not public");
  if (isIP(host) === 0 && (!host.includes(".") || /\.(?:localhost|local|internal)\.?$/.test(host))) {
    throw refused("a name that is not public");
  }
  return url;
}
