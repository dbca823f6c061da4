import type { Log, Scheduler } from "@trellis/base";

export interface Libp2pOptions {
  /** Who this node is, an Ed25519 seed of 32 bytes; see `openPeerKey`. */
  readonly key: Uint8Array;
  /** Multiaddrs (see `parseAddress`); none: others do not reach this node. */
  readonly listen: readonly string[];
  /** Where others reach this node beside: what a router or a proxy passes on to it. */
  readonly announce: readonly string[];
  /** Keeps networks apart where they would meet: in the DHT, mDNS, identify. */
  readonly chainId: bigint;
  /** Name and version of the software, told to all. */
  readonly agent: string;
  /** Finds peers on the local network. */
  readonly mdns: boolean;
  /** Peers beyond which nothing more is let in, whatever the node behind says. */
  readonly connectionsMax: number;
}

export interface Libp2pPorts {
  readonly scheduler: Scheduler;
  readonly log: Log;
}
