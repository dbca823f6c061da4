import { isIP } from "node:net";

const GROUPS = 8;
/** Groups of the network prefix (RFC 4291); hosts choose the others. */
const SITE_GROUPS = 4;
const ZONE = /%.*$/;

/** Dotted IPv4, also for IPv4-mapped IPv6; otherwise eight groups. */
export function normalAddress(text: string): string | undefined {
  const plain = text.replace(ZONE, "");
  const version = isIP(plain);
  if (version === 0) return undefined;
  if (version === 4) return plain;
  const groups = groupsOf(plain);
  return ipv4Of(groups) ?? groups.map((group) => group.toString(16)).join(":");
}

/** IPv4 address or IPv6 /64. @param address normalized */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  return `${address.split(":", SITE_GROUPS).join(":")}::/64`;
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "0:0:0:0:0:0:0:1";
}

function groupsOf(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const before = hexGroups(head);
  const after = hexGroups(tail ?? "");
  return [...before, ...new Array<number>(GROUPS - before.length - after.length).fill(0), ...after];
}

function hexGroups(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** IPv4-mapped: ::ffff:0:0/96 (RFC 4291, section 2.5.5.2). */
function ipv4Of(groups: readonly number[]): string | undefined {
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined;
  const [high = 0, low = 0] = groups.slice(6);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
