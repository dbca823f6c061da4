import { isIP } from "node:net";
import { peerIdFromString } from "@libp2p/peer-id";
import {
  CODE_DNS,
  CODE_DNS4,
  CODE_DNS6,
  CODE_IP4,
  CODE_IP6,
  CODE_P2P,
  CODE_TCP,
  type Multiaddr,
  multiaddr,
} from "@multiformats/multiaddr";
import { networkErrors } from "../errors.ts";
import { seedNameOf } from "../seeds/seedName.ts";

const HOSTS: ReadonlySet<number> = new Set([CODE_IP4, CODE_IP6, CODE_DNS, CODE_DNS4, CODE_DNS6]);

/** Accepts a TCP multiaddr, `host:port`, `[::1]:port` or `:port`. @throws ADDRESS_INVALID */
export function parseAddress(text: string): string {
  const address = parsed(text.startsWith("/") ? text : hostAndPort(text), text);
  const [host, transport, ...rest] = address.getComponents();
  const isTcp = host !== undefined && HOSTS.has(host.code) && transport?.code === CODE_TCP;
  const isEnded = rest.length === 0 || (rest.length === 1 && rest[0]!.code === CODE_P2P);
  if (!isTcp || !isEnded) throw networkErrors.ADDRESS_INVALID({ address: text });
  return address.toString();
}

/** Also accepts `/dnsaddr/HOST`. [LINK-20] @throws ADDRESS_INVALID */
export function parseBootstrap(text: string): string {
  const seed = seedNameOf(text);
  return seed?.kind === "records" ? parsed(text, text).toString() : parseAddress(text);
}

/**
 * Addresses of TXT records need a peer id and the scope of LINK-10.
 * @returns undefined if this node should not dial the address
 */
export function acceptSeed(
  text: string,
  source: "records" | "host",
  own: readonly string[],
): string | undefined {
  try {
    const address = multiaddr(parseAddress(text));
    const wanted = reachWanted(
      own.map((each) => multiaddr(each)),
      2,
    );
    const isUsable = source === "host" || (peerOf(address) !== undefined && reachOf(address) >= wanted);
    return isUsable && ipOf(address) !== undefined ? address.toString() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An address that a connected peer names, with the scope of LINK-10.
 * @returns undefined if this node should not dial the address
 */
export function acceptPeerAddress(
  text: string,
  connectedAt: string,
  own: readonly string[],
): string | undefined {
  try {
    const reach = reachWanted(
      own.map((each) => multiaddr(each)),
      reachOf(multiaddr(connectedAt)),
    );
    const [address] = usableAddresses([multiaddr(parseAddress(text))], reach);
    return address !== undefined && peerOf(address) !== undefined ? address.toString() : undefined;
  } catch {
    return undefined;
  }
}

export function ipOf(address: Multiaddr): string | undefined {
  const [host] = address.getComponents();
  if (host?.code !== CODE_IP4 && host?.code !== CODE_IP6) return undefined;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(host.value ?? "") ?? [];
  if (high === undefined || low === undefined) return host.value;
  return [high, low]
    .map((half) => Number.parseInt(half, 16))
    .flatMap((half) => [half >> 8, half & 255])
    .join(".");
}

export function peerOf(address: Multiaddr): string | undefined {
  return address.getComponents().findLast(({ code }) => code === CODE_P2P)?.value;
}

export function withPeer(address: Multiaddr, peer: string): string {
  return peerOf(address) === undefined ? `${address}/p2p/${peer}` : address.toString();
}

/** 0: this machine; 1: its local network; 2: anywhere. */
export type Reach = 0 | 1 | 2;

export function reachOf(address: Multiaddr): Reach {
  const ip = ipOf(address);
  if (ip === undefined) return 2;
  if (/^127\.|^::1$|^0\.0\.0\.0$|^::$/.test(ip)) return 0;
  return PRIVATE.test(ip) ? 1 : 2;
}

/** RFC 1918, link-local (RFC 3927, RFC 4291), shared (RFC 6598), unique local (RFC 4193). */
const PRIVATE =
  /^10\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^f[cd]|^fe[89ab]/i;

/** Loopback and private addresses are useless to more distant peers. [LINK-10] */
export function reachWanted(own: readonly Multiaddr[], remote: Reach): Reach {
  return Math.min(remote, Math.max(0, ...own.map(reachOf))) as Reach;
}

export function usableAddresses(addresses: readonly Multiaddr[], reach: Reach): Multiaddr[] {
  return addresses.filter((address) => isDialable(address) && reachOf(address) >= reach);
}

function isDialable(address: Multiaddr): boolean {
  const [host, transport] = address.getComponents();
  return host !== undefined && HOSTS.has(host.code) && transport?.code === CODE_TCP;
}

function hostAndPort(text: string): string {
  const [, host = "", port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined) throw networkErrors.ADDRESS_INVALID({ address: text });
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "") return `/ip4/0.0.0.0/tcp/${port}`;
  const kind = { 4: "ip4", 6: "ip6", 0: "dns" }[isIP(bare)];
  return `/${kind}/${bare}/tcp/${port}`;
}

function parsed(address: string, text: string): Multiaddr {
  try {
    const read = multiaddr(address);
    const peer = peerOf(read);
    if (peer !== undefined) peerIdFromString(peer);
    return read;
  } catch (cause) {
    throw networkErrors.ADDRESS_INVALID({ address: text }, cause);
  }
}

export function isPeerId(text: string): boolean {
  try {
    peerIdFromString(text);
    return true;
  } catch {
    return false;
  }
}
