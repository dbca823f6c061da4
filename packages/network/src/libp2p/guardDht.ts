import type { KadDHT, KadDHTComponents, MessageType } from "@libp2p/kad-dht";
import { BlackHoleDatastore } from "datastore-core/black-hole";

/** What kad-dht keeps to itself: who answers which message. */
interface Answering {
  readonly rpc: { handlers: Readonly<Partial<Record<MessageType, unknown>>> };
}

/**
 * A DHT that tells who is near, and nothing else. Without settings of its own, kad-dht stores providers and public keys
 * for strangers, and looks through all of them at each question. Here a message about them ends its stream, and what
 * would be stored is not kept. [LINK-11]
 */
export function guardedDht(
  create: (components: KadDHTComponents) => KadDHT,
): (components: KadDHTComponents) => KadDHT {
  return (components) => {
    // libp2p's components are behind a proxy, which cannot be spread.
    const dht = create(Object.create(components, { datastore: { value: new BlackHoleDatastore() } }));
    const { rpc } = dht as unknown as Answering;
    const { FIND_NODE, PING } = rpc.handlers;
    rpc.handlers = { FIND_NODE, PING };
    return dht;
  };
}
