import type { Log, Scheduler } from "@trellis/base";
import type { Transport } from "../transport/Transport.ts";

export interface Libp2pOptions {
  /** Ed25519 seed; see `openPeerKey`. */
  readonly key: Uint8Array;
  /** Empty: no inbound connections. */
  readonly listen: readonly string[];
  /** Announced in addition to `listen`, such as a proxy's address. */
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

export interface KeyedTransport extends Transport {
  /**
   * Listens on the same addresses with another Ed25519 seed, then moves connections one by one. After a
   * failure, the current key stays in use.
   * @throws LISTEN_FAILED
   */
  changeKey(seed: Uint8Array): Promise<void>;
}
