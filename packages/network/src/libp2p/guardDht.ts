import type { PeerInfo } from "@libp2p/interface";
import type { KadDHT, KadDHTComponents, MessageType } from "@libp2p/kad-dht";
import type { Scheduler, Timer } from "@trellis/base";
import { BlackHoleDatastore } from "datastore-core/black-hole";
import { LIBP2P_LIMITS } from "./limits.ts";

interface Inside {
  readonly protocol: string;
  readonly rpc: { handlers: Readonly<Partial<Record<MessageType, unknown>>> };
  onPeerConnect(peer: PeerInfo): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Stops kad-dht from storing unknown peers' provider records and keys, which each query scans. [LINK-11] */
export function guardedDht(
  create: (components: KadDHTComponents) => KadDHT,
  scheduler: Scheduler,
): (components: KadDHTComponents) => KadDHT {
  return (components) => {
    // libp2p's `components` is a proxy, which cannot be spread.
    const dht = create(Object.create(components, { datastore: { value: new BlackHoleDatastore() } }));
    const inside = dht as unknown as Inside;
    const { FIND_NODE, PING } = inside.rpc.handlers;
    inside.rpc.handlers = { FIND_NODE, PING };
    offerAgain(inside, components, scheduler);
    return dht;
  };
}

/** Adds peers again: kad-dht drops one that was once too busy to answer a ping. [LINK-19] */
function offerAgain(
  dht: Inside,
  { connectionManager, peerStore }: KadDHTComponents,
  scheduler: Scheduler,
): void {
  const [start, stop] = [dht.start.bind(dht), dht.stop.bind(dht)];
  let timer: Timer | undefined;
  const offer = async (): Promise<void> => {
    timer = scheduler.after(LIBP2P_LIMITS.offerMs, offer);
    for (const { remotePeer } of connectionManager.getConnections()) {
      const known = await peerStore.get(remotePeer).catch(() => undefined);
      if (!known?.protocols.includes(dht.protocol)) continue;
      // `onPeerConnect` pings only peers outside the table.
      const multiaddrs = known.addresses.map(({ multiaddr }) => multiaddr);
      await dht.onPeerConnect({ id: remotePeer, multiaddrs });
    }
  };
  dht.start = async () => {
    await start();
    timer = scheduler.after(LIBP2P_LIMITS.offerMs, offer);
  };
  dht.stop = async () => {
    timer?.cancel();
    await stop();
  };
}
