import { isIP } from "node:net";

/** [PEER-9] */
export interface IpPlace {
  /** IPv4 address or IPv6 /64. */
  readonly host: string;
  /** IPv4 /24 or IPv6 /48. */
  readonly subnet: string;
  readonly isLoopback: boolean;
}

export function placeOf(ip: string): IpPlace {
  const address = ip.split("%")[0]!;
  if (isIP(address) === 4) return placeOfIpv4(address.split(".").map(Number));
  if (isIP(address) === 6) return placeOfIpv6(ipv6Groups(address));
  return { host: ip, subnet: ip, isLoopback: false };
}

export function hostOf(ip: string): string | undefined {
  const address = ip.replace(/::\/64$/, "::");
  return isIP(address) === 0 ? undefined : placeOf(address).host;
}

export function ipOfAddress(address: string): string | undefined {
  const ip = /^\/ip[46]\/([^/]+)/.exec(address)?.[1];
  return ip === undefined || isIP(ip) === 0 ? undefined : ip;
}

export function peerOfAddress(address: string): string | undefined {
  return /\/p2p\/([^/]+)$/.exec(address)?.[1];
}

function placeOfIpv4(parts: readonly number[]): IpPlace {
  return {
    host: parts.join("."),
    subnet: `${parts.slice(0, 3).join(".")}.0/24`,
    isLoopback: parts[0] === 127,
  };
}

function placeOfIpv6(groups: readonly number[]): IpPlace {
  const [high, low] = groups.slice(6) as [number, number];
  // IPv4-mapped (RFC 4291, section 2.5.5.2).
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return placeOfIpv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
  }
  const prefix = (count: number): string =>
    groups
      .slice(0, count)
      .map((group) => group.toString(16))
      .join(":");
  return {
    host: `${prefix(4)}::/64`,
    subnet: `${prefix(3)}::/48`,
    isLoopback: groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1,
  };
}

function ipv6Groups(address: string): number[] {
  const [front = "", back] = address.split("::");
  const head = groupsOf(front);
  if (back === undefined) return head;
  const tail = groupsOf(back);
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [Number.parseInt(part, 16)];
    const [a, b, c, d] = part.split(".").map(Number) as [number, number, number, number];
    return [(a << 8) | b, (c << 8) | d];
  });
}
