import { Resolver } from "node:dns";
import {
  list,
  oneOf,
  type Setting,
  type SettingsOf,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";

export const NETWORK_NAMES = ["main", "test", "local"] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** Including peers that are about to be replaced. */
export const CONNECTIONS_MAX = 128;
const OUTBOUND_MAX = 16;

const RELAY_FORMS = ["compact", "full"] as const;

export const networkSettings = {
  listen: {
    type: list,
    default: "0.0.0.0:30303",
    value: "ADDR,…",
    summary: "listen addresses: host:port or multiaddrs; port 0: any free port",
  },
  announce: {
    type: list,
    default: "",
    value: "ADDR,…",
    summary: "external addresses of a node behind NAT: host:port or multiaddrs",
  },
  bootstrap: {
    type: wordOr("none", list, "none, or addresses separated by commas"),
    default: "",
    value: "ADDR,…|none",
    summary:
      "bootstrap addresses (repeatable): host:port, multiaddrs with /p2p/ID, or /dnsaddr/HOST; none: first node, disables mDNS",
    isReloadable: true,
  },
  dnsServers: {
    type: list.refine(areServers, { error: "IP addresses with optional ports" }),
    default: "",
    value: "IP,…",
    summary: "DNS servers for names in --bootstrap; default: those of the system",
  },
  peersOutbound: {
    type: wholeNumber(1, OUTBOUND_MAX),
    default: 8,
    value: "N",
    summary: "peers that the node dials; more make it harder to isolate, but cost bandwidth",
    isReloadable: true,
  },
  peersInbound: {
    type: wholeNumber(0, CONNECTIONS_MAX - OUTBOUND_MAX),
    default: 48,
    value: "N",
    summary: "most peers that dial this node",
    isReloadable: true,
  },
  relay: {
    type: oneOf(RELAY_FORMS),
    default: "compact",
    value: "FORM",
    summary: "form of block propagation: compact, or full (for comparison)",
  },
  mdns: {
    type: toggle,
    default: true,
    summary: "discover peers on the local network by mDNS; --mdns=false: disabled",
  },
} satisfies Readonly<Record<string, Setting>>;

export type NetworkSettings = SettingsOf<typeof networkSettings>;

function areServers(words: readonly string[]): boolean {
  try {
    new Resolver().setServers(words);
    return true;
  } catch {
    return false;
  }
}
