import type { GossipSub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import type { ConnectionGater, Libp2p, PeerInfo, PrivateKey } from "@libp2p/interface";
import { type KadDHT, kadDHT } from "@libp2p/kad-dht";
import { mdns } from "@libp2p/mdns";
import { noise } from "@libp2p/noise";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { tls } from "@libp2p/tls";
import type { Scheduler } from "@trellis/base";
import { createLibp2p } from "libp2p";
import { type Reach, reachOf, reachWanted, usableAddresses } from "./addresses.ts";
import { BoundedDatastore } from "./BoundedDatastore.ts";
import { createGossip, GOSSIP_PROTOCOL, type GossipTopic, gossipFrameBytesMax } from "./Gossip.ts";
import { guardedDht } from "./guardDht.ts";
import { guardedDialling } from "./guardDialling.ts";
import { type EncryptedPeers, guardedEncryption } from "./guardEncryption.ts";
import { guardedYamux, type MuxerGuardOptions } from "./guardMuxer.ts";
import type { Libp2pOptions } from "./Libp2pOptions.ts";
import type { Listeners } from "./Listeners.ts";
import { LIBP2P_LIMITS } from "./limits.ts";

export type Node = Libp2p<{ gossip: GossipSub; dht: KadDHT }>;

interface Libp2pNodePorts {
  readonly topics: readonly GossipTopic[];
  readonly gater: ConnectionGater;
  readonly listeners: Listeners;
  readonly scheduler: Scheduler;
  readonly guard: Pick<MuxerGuardOptions, "handlers" | "traffic">;
}

export async function createNode(
  privateKey: PrivateKey,
  { listen, announce, chainId, agent, mdns: isOnMdns, connectionsMax }: Libp2pOptions,
  { topics, gater, listeners, guard, scheduler }: Libp2pNodePorts,
): Promise<Node> {
  const prefix = `trellis/${chainId}`;
  const tcpOptions = { noDelay: true, keepAlive: true };
  const encrypted: EncryptedPeers = new WeakMap();
  const node: Node = await createLibp2p({
    start: false,
    privateKey,
    nodeInfo: { name: "trellis", version: agent, userAgent: agent },
    addresses: { listen: [...listen], appendAnnounce: [...announce] },
    transports: [listeners.watched(guardedDialling(tcp({ dialOpts: tcpOptions, listenOpts: tcpOptions })))],
    connectionEncrypters: [guardedEncryption(tls(), encrypted), guardedEncryption(noise(), encrypted)],
    streamMuxers: [
      guardedYamux(
        {
          maxInboundStreams: LIBP2P_LIMITS.streamsPerConnectionMax,
          streamOptions: { maxStreamWindowSize: LIBP2P_LIMITS.streamWindowBytes },
        },
        {
          ...guard,
          peerOf: (connection) => encrypted.get(connection),
          protocols: () => node.getProtocols(),
          messageBytesMax: (protocol) => messageBytesMax(protocol, topics),
          isGossip,
        },
      ),
    ],
    connectionGater: gater,
    connectionManager: {
      maxConnections: connectionsMax,
      maxIncomingPendingConnections: LIBP2P_LIMITS.handshakesMax,
      inboundConnectionThreshold: LIBP2P_LIMITS.connectionsPerIpPerSecond,
      inboundUpgradeTimeout: LIBP2P_LIMITS.handshakeMs,
      dialTimeout: LIBP2P_LIMITS.handshakeMs,
      reconnectRetries: 0,
    },
    connectionMonitor: {
      protocolPrefix: prefix,
      pingInterval: LIBP2P_LIMITS.pingIntervalMs,
      pingTimeout: { minTimeout: LIBP2P_LIMITS.pingTimeoutMs },
    },
    datastore: new BoundedDatastore(LIBP2P_LIMITS.recordBytesMax),
    peerDiscovery: isOnMdns ? [mdns({ serviceTag: `_trellis-${chainId}._udp.local` })] : [],
    services: {
      identify: identify({ protocolPrefix: prefix }),
      ping: ping({ protocolPrefix: prefix }),
      dht: guardedDht(
        kadDHT({
          protocol: `/${prefix}/kad/1.0.0`,
          querySelfInterval: LIBP2P_LIMITS.searchMs,
          clientMode: listen.length === 0,
          peerInfoMapper: (peer) => withUsableAddresses(peer, node),
        }),
        scheduler,
      ),
      gossip: createGossip(topics),
    },
  });
  return node;
}

function messageBytesMax(protocol: string, topics: readonly GossipTopic[]): number | undefined {
  if (isGossip(protocol)) return gossipFrameBytesMax(topics);
  return CONTROL_PROTOCOL.test(protocol) ? LIBP2P_LIMITS.controlMessageBytesMax : undefined;
}

function isGossip(protocol: string): boolean {
  return GOSSIP_PROTOCOL.test(protocol);
}

function withUsableAddresses({ id, multiaddrs }: PeerInfo, node: Node): PeerInfo {
  const wanted = reachWanted(node.getMultiaddrs(), nearestReach(node));
  return { id, multiaddrs: usableAddresses(multiaddrs, wanted) };
}

function nearestReach(node: Libp2p): Reach {
  return Math.min(2, ...node.getConnections().map(({ remoteAddr }) => reachOf(remoteAddr))) as Reach;
}

const CONTROL_PROTOCOL = /\/(?:id|id\/push|kad)\/1\.0\.0$/;
