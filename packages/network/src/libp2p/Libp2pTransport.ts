import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import type { Connection as Libp2pConnection, PeerId as Libp2pPeerId, PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey, peerIdFromString } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import type { Log, Scheduler } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import type {
  PeerId,
  RequestOptions,
  Traffic,
  Transport,
  TransportHandlers,
  TransportProtocol,
} from "../transport/Transport.ts";
import {
  ipOf,
  parseAddress,
  peerOf,
  type Reach,
  reachOf,
  reachWanted,
  usableAddresses,
  withPeer,
} from "./addresses.ts";
import { createNode, type Node } from "./createNode.ts";
import { Gater } from "./Gater.ts";
import { type GossipTopic, judgeGossip } from "./Gossip.ts";
import type { Libp2pOptions, Libp2pPorts } from "./Libp2pOptions.ts";
import { LIBP2P_LIMITS } from "./limits.ts";
import { Requests } from "./Requests.ts";
import { reasonOf } from "./reasonOf.ts";
import { TrafficMeter } from "./TrafficMeter.ts";

interface Running {
  readonly node: Node;
  readonly gater: Gater;
  readonly requests: Requests;
  readonly handlers: TransportHandlers;
}

export async function openTransport(options: Libp2pOptions, ports: Libp2pPorts): Promise<Transport> {
  return new Libp2pTransport(await generateKeyPairFromSeed("Ed25519", options.key), options, ports);
}

class Libp2pTransport implements Transport {
  readonly self: PeerId;
  readonly #key: PrivateKey;
  readonly #options: Libp2pOptions;
  readonly #scheduler: Scheduler;
  readonly #log: Log;
  readonly #connected = new Set<PeerId>();
  readonly #traffic = new TrafficMeter();
  #running: Running | undefined;

  constructor(key: PrivateKey, options: Libp2pOptions, { scheduler, log }: Libp2pPorts) {
    this.self = peerIdFromPrivateKey(key).toString();
    this.#key = key;
    this.#options = options;
    this.#scheduler = scheduler;
    this.#log = log;
  }

  addresses(): readonly string[] {
    return this.#running?.node.getMultiaddrs().map((address) => withPeer(address, this.self)) ?? [];
  }

  /** @throws LISTEN_FAILED */
  async start(
    handlers: TransportHandlers,
    protocols: readonly TransportProtocol[],
    topics: readonly GossipTopic[],
  ): Promise<void> {
    const gater = new Gater({
      refusal: (candidate) => (this.#running === undefined ? "not started" : handlers.refusal(candidate)),
      connections: (peer) => this.#running?.node.getConnections(peer) ?? [],
      log: this.#log,
    });
    const guard = { handlers, traffic: this.#traffic };
    const node = await createNode(this.#key, this.#options, {
      topics,
      gater,
      guard,
      scheduler: this.#scheduler,
    });
    const requests = new Requests(node, handlers.offended, this.#log);
    this.#running = { node, gater, requests, handlers };
    this.#listen(node, gater, handlers);
    for (const protocol of protocols) await requests.answer(protocol, handlers.answer);
    try {
      await node.start();
    } catch (cause) {
      this.#running = undefined;
      throw networkErrors.LISTEN_FAILED({ listen: this.#options.listen.join(", ") }, cause);
    }
    judgeGossip(node.services.gossip, topics, handlers.judge, this.#log);
  }

  async dial(address: string): Promise<PeerId> {
    const { node, gater, handlers } = this.#started("DIAL_FAILED", { address });
    const target = multiaddr(parseAddress(address));
    const [ip, peer] = [ipOf(target), peerOf(target)];
    const reason =
      ip === undefined
        ? undefined
        : handlers.refusal({ ip, direction: "outbound", ...(peer === undefined ? {} : { peer }) });
    if (reason !== undefined) throw networkErrors.PEER_REFUSED({ address, reason });
    try {
      return (await gater.dialling(target, () => node.dial(target))).remotePeer.toString();
    } catch (cause) {
      if (isDenied(cause)) throw networkErrors.PEER_REFUSED({ address, reason: "connection denied" }, cause);
      throw networkErrors.DIAL_FAILED({ address, reason: reasonOf(cause) }, cause);
    }
  }

  disconnect(peer: PeerId, reason: string): void {
    const running = this.#running;
    // Closes only these connections: the peer may reconnect while they close.
    const connections = running?.node.getConnections(peerIdFromString(peer)) ?? [];
    if (running === undefined || connections.length === 0) return;
    this.#log.info("connection.closed", { peer, reason });
    void running.requests.leave(peer).then(() => {
      for (const connection of connections) this.#close(connection);
    });
  }

  #close(connection: Libp2pConnection): void {
    connection.close({ signal: AbortSignal.timeout(LIBP2P_LIMITS.stopMs) }).catch((error) => {
      this.#log.debug("connection.aborted", { reason: reasonOf(error) });
      connection.abort(networkErrors.NETWORK_STOPPED());
    });
  }

  traffic(peer: PeerId): Traffic | undefined {
    return this.#traffic.get(peer);
  }

  totalTraffic(): Traffic {
    return this.#traffic.total();
  }

  async request(
    peer: PeerId,
    protocol: string,
    request: Uint8Array,
    options: RequestOptions,
  ): Promise<Uint8Array> {
    const { requests } = this.#started("REQUEST_FAILED", { peer, protocol });
    return requests.request(peerIdFromString(peer), protocol, request, options);
  }

  publish(topic: string, message: Uint8Array): void {
    this.#running?.node.services.gossip
      .publish(topic, message)
      .catch((error) => this.#log.debug("gossip.publishFailed", { topic, reason: reasonOf(error) }));
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.requests.stop();
    const stopped = Promise.resolve(running.node.stop());
    const deadline = this.#scheduler.after(LIBP2P_LIMITS.stopMs, () => {
      // A peer that reads nothing would delay the shutdown.
      for (const connection of running.node.getConnections())
        connection.abort(networkErrors.NETWORK_STOPPED());
    });
    await stopped.finally(() => deadline.cancel());
  }

  #listen(node: Node, gater: Gater, handlers: TransportHandlers): void {
    node.addEventListener("connection:open", ({ detail }) => this.#opened(detail, handlers));
    node.addEventListener("peer:disconnect", ({ detail }) => {
      const peer = detail.toString();
      this.#traffic.forget(peer);
      gater.rest(peer);
      if (this.#connected.delete(peer)) handlers.disconnected(peer);
    });
    node.addEventListener("peer:discovery", ({ detail }) =>
      this.#discovered(node, handlers, detail, farthestReach(node)),
    );
    node.addEventListener("peer:identify", ({ detail: { peerId, listenAddrs, connection } }) =>
      this.#discovered(
        node,
        handlers,
        { id: peerId, multiaddrs: listenAddrs },
        reachOf(connection.remoteAddr),
      ),
    );
  }

  #opened(connection: Libp2pConnection, handlers: TransportHandlers): void {
    const { remotePeer, remoteAddr, direction } = connection;
    const peer = remotePeer.toString();
    this.#log.debug("connection.opened", {
      peer,
      address: remoteAddr.toString(),
      direction,
      encryption: connection.encryption,
    });
    if (this.#connected.has(peer)) return;
    this.#connected.add(peer);
    handlers.connected({
      peer,
      address: withPeer(remoteAddr, peer),
      ip: ipOf(remoteAddr) ?? "",
      direction,
    });
  }

  #discovered(
    node: Node,
    handlers: TransportHandlers,
    { id, multiaddrs }: { readonly id: Libp2pPeerId; readonly multiaddrs: readonly Multiaddr[] },
    reach: Reach,
  ): void {
    const peer = id.toString();
    const usable = usableAddresses(multiaddrs, reachWanted(node.getMultiaddrs(), reach));
    if (peer === this.self || usable.length === 0) return;
    handlers.discovered(
      peer,
      usable.map((address) => withPeer(address, peer)),
    );
  }

  #started(code: "DIAL_FAILED" | "REQUEST_FAILED", facts: Readonly<Record<string, string>>): Running {
    if (this.#running !== undefined) return this.#running;
    throw networkErrors[code]({ ...facts, reason: "the transport is not started" });
  }
}

/** Reach of the farthest connected peer, to which announced addresses must be useful. */
function farthestReach(node: Node): Reach {
  const reaches = node.getConnections().map(({ remoteAddr }) => reachOf(remoteAddr));
  return reaches.length === 0 ? 2 : (Math.max(...reaches) as Reach);
}

const DENIED: ReadonlySet<string> = new Set([
  "DialDeniedError",
  "ConnectionInterceptedError",
  "ConnectionDeniedError",
]);

function isDenied(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDenied);
  return error instanceof Error && (DENIED.has(error.name) || isDenied(error.cause));
}
