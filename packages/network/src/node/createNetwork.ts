import type { BlockExchange, ChainView, Hash, StateExchange } from "@trellis/protocol";
import { type ConnectionLimits, createBucketRates, openPeers, type PeerBookStore } from "../peers/index.ts";
import type { BlockDesk } from "../sync/BlockDesk.ts";
import { createSync } from "../sync/createSync.ts";
import { syncErrors } from "../sync/errors.ts";
import type { NetworkPorts } from "../sync/ports.ts";
import type { PeerId, Transport, TransportHandlers } from "../transport/Transport.ts";
import { createWire, type Wire } from "../wire/index.ts";
import { Dialer } from "./Dialer.ts";
import type { Network } from "./Network.ts";
import type { BlockAnnouncer, Relay } from "./parts.ts";
import { watchSync } from "./watchSync.ts";

export interface NetworkOptions {
  readonly shard: number;
  /** Name and version of the software; printable ASCII. */
  readonly agent: string;
  /** Where other nodes are found at first. */
  readonly bootstrap: readonly string[];
  /** Connections that this node keeps up by itself. */
  readonly outboundTarget: number;
  readonly limits?: Partial<ConnectionLimits>;
  /** A chain block that is trusted: an empty chain takes over a state above it instead of executing up to it. */
  readonly checkpoint?: Hash;
}

/** What the network works on. */
export interface NetworkParts {
  readonly transport: Transport;
  readonly peerBook: PeerBookStore;
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  readonly createRelays: (parts: RelayParts) => {
    readonly blocks: Relay & BlockAnnouncer;
    readonly transactions: Relay;
  };
}

export interface RelayParts {
  readonly wire: Wire;
  readonly desk: BlockDesk;
  readonly peers: () => readonly PeerId[];
}

/**
 * Connects a chain and its pool with those of others. Everything that it decides follows from its ports.
 * @throws PEER_LIMITS_INVALID, PEER_BOOK_UNAVAILABLE
 */
export async function createNetwork(
  options: NetworkOptions,
  parts: NetworkParts,
  ports: NetworkPorts,
): Promise<Network> {
  const { transport, view } = parts;
  const { manager, stop: stopPeers } = await openPeers(
    {
      rates: createBucketRates(view.parameters),
      disconnect: (peer, reason) => transport.disconnect(peer, reason),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    },
    { ...ports, store: parts.peerBook },
  );
  const wire = createWire(view.parameters);
  const sync = createSync(options, { ...parts, wire, guard: manager }, ports);
  const { directory } = sync;
  const relays = parts.createRelays({
    wire,
    desk: sync.desk,
    peers: () => directory.greeted().map(({ id }) => id),
  });
  const connections = () => directory.connections();
  const dialer = new Dialer({ ...options, transport, peers: manager, connections }, ports);
  const watch = watchSync(() => sync.progress(), ports.scheduler);
  const allRelays: readonly Relay[] = [relays.blocks, relays.transactions];
  const servers = new Map(
    [...sync.servers, ...allRelays.flatMap((relay) => relay.servers)].map((server) => [
      server.protocol.id,
      server,
    ]),
  );
  const judges = new Map(allRelays.flatMap((relay) => relay.topics.map(({ id }) => [id, relay] as const)));
  const handlers: TransportHandlers = {
    refusal: (candidate) => manager.refusal(candidate),
    connected(connection) {
      if (manager.connected(connection)) sync.connected(connection);
    },
    disconnected(peer) {
      manager.disconnected(peer);
      sync.disconnected(peer);
      for (const relay of allRelays) relay.disconnected?.(peer);
    },
    async answer(peer, protocol, request) {
      const server = servers.get(protocol);
      if (server === undefined) throw syncErrors.PROTOCOL_UNKNOWN({ protocol });
      return server.answer(peer, request);
    },
    async judge(topic, message, from) {
      return (await judges.get(topic)?.judge(topic, message, from)) ?? "ignore";
    },
    discovered: (peer, addresses) => manager.discovered(peer, addresses),
  };
  let isListening = false;
  let stopAnnouncing: (() => void) | undefined;
  return {
    async start() {
      await transport.start(
        handlers,
        [...servers.values()].map(({ protocol }) => protocol),
        allRelays.flatMap(({ topics }) => topics),
      );
      isListening = true;
      sync.start();
      for (const relay of allRelays) relay.start?.();
      stopAnnouncing = view.subscribe((event) => {
        // What a sync brings is old news. [SYNC-25]
        if (event.kind === "block" && sync.progress() === undefined) relays.blocks.announce(event.hash);
      });
      dialer.start();
    },
    async stop() {
      isListening = false;
      dialer.stop();
      stopAnnouncing?.();
      watch.stop();
      for (const relay of allRelays) relay.stop();
      sync.stop();
      await transport.stop();
      await stopPeers();
    },
    peers: () =>
      manager.list().map((peer) => {
        const hello = directory.get(peer.id)?.hello;
        return hello === undefined ? peer : { ...peer, agent: hello.agent, sink: hello.sink };
      }),
    nodeInfo: () => ({ id: transport.self, agent: options.agent, addresses: transport.addresses() }),
    isListening: () => isListening,
    syncing: () => sync.progress(),
    subscribeSync: (listener) => watch.subscribe(listener),
    isReady: () =>
      sync.progress() === undefined && (options.bootstrap.length === 0 || directory.greeted().length > 0),
    async addPeer(address) {
      dialer.add(address);
    },
    removePeer(target) {
      const named = dialer.remove(target);
      const connected = connections().filter(({ peer, address }) => peer === target || address === target);
      const all = new Set([...named, ...connected.map(({ peer }) => peer)]);
      for (const peer of all) transport.disconnect(peer, "removed by the operator");
      return all.size > 0;
    },
    async ban(target, reason, durationMs) {
      manager.ban(target, reason, durationMs);
    },
    unban: async (target) => manager.unban(target),
    bans: () => manager.bans(),
  };
}
