import { list, oneOf, type Setting, toggle, wordOr } from "@trellis/platform/config";

export const NETWORK_NAMES = ["main", "test", "local"] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

const RELAY_FORMS = ["compact", "full"] as const;

/** How a node takes part in its network. */
export interface NetworkSettings {
  /** Multiaddrs or pairs host:port; none: others cannot reach this node. */
  readonly listen: readonly string[];
  /** Where others reach this node beside: what a router passes on to it. */
  readonly announce: readonly string[];
  /** Addresses of nodes through which others are found; `none`: this node may be the first of its network. */
  readonly bootstrap: "none" | readonly string[];
  /** Finds nodes on the local network. */
  readonly mdns: boolean;
  /** How blocks are told to others. */
  readonly relay: (typeof RELAY_FORMS)[number];
}

export const networkSettings: { readonly [Key in keyof NetworkSettings]: Setting<NetworkSettings[Key]> } = {
  listen: {
    type: list,
    default: "0.0.0.0:30303",
    value: "ADDR,…",
    summary: "where other nodes reach this one: host:port or multiaddrs; port 0: any free one",
  },
  announce: {
    type: list,
    default: "",
    value: "ADDR,…",
    summary: "external addresses of this node, behind a router: host:port or multiaddrs",
  },
  bootstrap: {
    type: wordOr("none", list, "none, or addresses with commas between them"),
    default: "",
    value: "ADDR,…|none",
    summary:
      "nodes to find others through, in one flag or several: host:port or multiaddrs with /p2p/ID; none: this node begins the network, waits for nobody, and does not look for neighbours by mDNS",
  },
  relay: {
    type: oneOf(RELAY_FORMS),
    default: "compact",
    value: "FORM",
    summary: "how blocks are told to others: compact, or full, which is for comparison",
  },
  mdns: { type: toggle, default: true, summary: "find nodes on the local network; --mdns=false: do not" },
};
