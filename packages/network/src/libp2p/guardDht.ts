import type { PeerInfo } from "@libp2p/interface";
import type { KadDHT, KadDHTComponents, MessageType } from "@libp2p/kad-dht";
import type { Scheduler, Timer } from "@trellis/base";
import { BlackHoleDatastore } from "datastore-core/black-hole";
import { LIBP2P_LIMITS } from "./limits.ts";

/** What kad-dht keeps to itself: who answers which message, and who is offered to its table. */
interface Inside {
  readonly protocol: string;
  readonly rpc: { handlers: Readonly<Partial<Record<MessageType, unknown>>> };
  /** Passes by who has no address of use here. */
  onPeerConnect(peer: PeerInfo): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A DHT that tells who is near, and nothing else. Without settings of its own, kad-dht stores providers and public keys
 * for strangers, and looks through all of them at each question. Here a message about them ends its stream, and what
 * would be stored is not kept. [LINK-11]
 */
export function guardedDht(
  create: (components: KadDHTComponents) => KadDHT,
  scheduler: Scheduler,
): (components: KadDHTComponents) => KadDHT {
  return (components) => {
    // libp2p's components are behind a proxy, which cannot be spread.
    const dht = create(Object.create(components, { datastore: { value: new BlackHoleDatastore() } }));
    const inside = dht as unknown as Inside;
    const { FIND_NODE, PING } = inside.rpc.handlers;
    inside.rpc.handlers = { FIND_NODE, PING };
    offerAgain(inside, components, scheduler);
    return dht;
  };
}

/**
 * kad-dht pings a peer once, when it connects, and never again asks one that was too busy to answer: with a table that
 * stays empty so, a node finds nobody. Those connected are offered to the table as long as they are. [LINK-19]
 */
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
      // Of one that is gone by now nothing is known.
      const known = await peerStore.get(remotePeer).catch(() => undefined);
      if (!known?.protocols.includes(dht.protocol)) continue;
      // One that stands there is not asked.
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
