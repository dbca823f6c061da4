import { isIP } from "node:net";

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** 16-bit groups of the network prefix; hosts choose the other groups (RFC 4291). */
const NETWORK_GROUPS = 4;

/** Rate limit key: an IPv4 address, also IPv4-mapped, or an IPv6 /64. */
export function addressGroup(ip: string): string {
  if (isIP(ip) !== 6) return ip;
  const mapped = MAPPED.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail = ""] = ip.replace(/%.*$/, "").split("::");
  const groupsOf = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0");
  const groups = [...first, ...zeros, ...last].slice(0, NETWORK_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
