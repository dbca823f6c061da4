import type { Log, Scheduler } from "@trellis/base";

export interface Libp2pOptions {
  /** Ed25519 seed; see `openPeerKey`. */
  readonly key: Uint8Array;
  /** Multiaddrs. Empty disables inbound connections. */
  readonly listen: readonly string[];
  /** Additional public addresses, such as those of a router or proxy. */
  readonly announce: readonly string[];
  /** Separates networks in the DHT, mDNS and identify. */
  readonly chainId: bigint;
  readonly agent: string;
  readonly mdns: boolean;
  readonly connectionsMax: number;
}

export interface Libp2pPorts {
  readonly scheduler: Scheduler;
  readonly log: Log;
}
