import type { BlockExchange, ChainView, Hash, StateExchange } from "@trellis/protocol";
import type { BlockDesk } from "../sync/BlockDesk.ts";
import { createSync } from "../sync/createSync.ts";
import { syncErrors } from "../sync/errors.ts";
import type { NetworkPorts } from "../sync/ports.ts";
import type { PeerId, Transport, TransportHandlers } from "../transport/Transport.ts";
import { createWire, type Wire } from "../wire/index.ts";
import { Dialer } from "./Dialer.ts";
import type { Network } from "./Network.ts";
import type { BlockAnnouncer, PeerControl, Relay } from "./parts.ts";

export interface NetworkOptions {
  readonly shard: number;
  /** Name and version of the software; printable ASCII. */
  readonly agent: string;
  /** Addresses that this node keeps connections to. */
  readonly bootstrap: readonly string[];
  /** Connections that this node keeps up by itself. */
  readonly outboundTarget: number;
  /** A chain block that is trusted: an empty chain takes over a state above it instead of executing up to it. */
  readonly checkpoint?: Hash;
}

/** What the network works on. */
export interface NetworkParts {
  readonly transport: Transport;
  readonly guard: PeerControl;
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

/** Connects a chain and its pool with those of others. Everything that it decides follows from its ports. */
export function createNetwork(options: NetworkOptions, parts: NetworkParts, ports: NetworkPorts): Network {
  const { transport, guard, view } = parts;
  const wire = createWire(view.parameters);
  const sync = createSync(options, { ...parts, wire }, ports);
  const relays = parts.createRelays({
    wire,
    desk: sync.desk,
    peers: () => sync.directory.greeted().map(({ id }) => id),
  });
  const dialer = new Dialer(
    { ...options, transport, directory: sync.directory, isBanned: (peer) => guard.isBanned(peer) },
    ports,
  );
  const allRelays: readonly Relay[] = [relays.blocks, relays.transactions];
  const servers = new Map(
    [...sync.servers, ...allRelays.flatMap((relay) => relay.servers)].map((server) => [
      server.protocol.id,
      server,
    ]),
  );
  const judges = new Map(allRelays.flatMap((relay) => relay.topics.map(({ id }) => [id, relay] as const)));
  const handlers: TransportHandlers = {
    refusal: (candidate) => guard.refusal(candidate),
    connected(connection) {
      guard.connected(connection);
      sync.connected(connection);
    },
    disconnected(peer) {
      guard.disconnected(peer);
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
    discovered: (peer, addresses) => dialer.discovered(peer, addresses),
  };
  let stopAnnouncing: (() => void) | undefined;
  return {
    self: transport.self,
    async start() {
      await transport.start(
        handlers,
        [...servers.values()].map(({ protocol }) => protocol),
        allRelays.flatMap(({ topics }) => topics),
      );
      sync.start();
      for (const relay of allRelays) relay.start?.();
      stopAnnouncing = view.subscribe((event) => {
        // What a sync brings is old news.
        if (event.kind === "block" && sync.progress() === undefined) relays.blocks.announce(event.hash);
      });
      dialer.start();
    },
    async stop() {
      dialer.stop();
      stopAnnouncing?.();
      for (const relay of allRelays) relay.stop();
      sync.stop();
      await transport.stop();
      await guard.stop();
    },
    addresses: () => transport.addresses(),
    peers: () =>
      sync.directory.connections().map((connection) => ({
        id: connection.peer,
        connection,
        hello: sync.directory.get(connection.peer)?.hello,
        score: guard.score(connection.peer),
      })),
    addPeer: (address) => dialer.addPeer(address),
    removePeer(peer) {
      dialer.removePeer(peer);
      transport.disconnect(peer, "removed by the operator");
    },
    ban: (peer, durationMs) => guard.ban(peer, durationMs),
    unban: (peer) => guard.unban(peer),
    syncing: () => sync.progress(),
    isReady: () =>
      sync.progress() === undefined &&
      (options.bootstrap.length === 0 || sync.directory.greeted().length > 0),
  };
}
