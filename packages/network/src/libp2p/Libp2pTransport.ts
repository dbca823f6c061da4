import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import type { Connection as Libp2pConnection, PeerId as Libp2pPeerId, PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey, peerIdFromString } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { type Log, type Scheduler, SerialQueue } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import type {
  GossipReach,
  PeerId,
  RequestOptions,
  Traffic,
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
import { type GossipTopic, judgeGossip, publishGossip } from "./Gossip.ts";
import type { KeyedTransport, Libp2pOptions, Libp2pPorts } from "./Libp2pOptions.ts";
import { Listeners } from "./Listeners.ts";
import { LIBP2P_LIMITS } from "./limits.ts";
import { Requests } from "./Requests.ts";
import { reasonOf } from "./reasonOf.ts";
import { TrafficMeter } from "./TrafficMeter.ts";

interface Served {
  readonly handlers: TransportHandlers;
  readonly protocols: readonly TransportProtocol[];
  readonly topics: readonly GossipTopic[];
}

interface Running {
  readonly self: PeerId;
  readonly node: Node;
  readonly gater: Gater;
  readonly listeners: Listeners;
  readonly requests: Requests;
  readonly served: Served;
}

export async function openTransport(options: Libp2pOptions, ports: Libp2pPorts): Promise<KeyedTransport> {
  return new Libp2pTransport(await generateKeyPairFromSeed("Ed25519", options.key), options, ports);
}

class Libp2pTransport implements KeyedTransport {
  readonly #key: PrivateKey;
  readonly #options: Libp2pOptions;
  readonly #scheduler: Scheduler;
  readonly #log: Log;
  readonly #homes = new Map<PeerId, Running>();
  readonly #traffic = new TrafficMeter();
  readonly #keyChanges = new SerialQueue();
  readonly #stopping = new AbortController();
  readonly #formerIds = new Set<PeerId>();
  #self: PeerId;
  #running: Running | undefined;
  /** Node of the replaced key, until its last connection ends. */
  #retiring: Running | undefined;

  constructor(key: PrivateKey, options: Libp2pOptions, { scheduler, log }: Libp2pPorts) {
    this.#self = peerIdFromPrivateKey(key).toString();
    this.#key = key;
    this.#options = options;
    this.#scheduler = scheduler;
    this.#log = log;
  }

  get self(): PeerId {
    return this.#self;
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
    const { listen } = this.#options;
    const running = await this.#create(this.#key, listen, { handlers, protocols, topics });
    this.#running = running;
    try {
      await running.node.start();
    } catch (cause) {
      this.#running = undefined;
      throw networkErrors.LISTEN_FAILED({ listen: listen.join(", ") }, cause);
    }
    this.#judgeGossip(running);
  }

  changeKey(seed: Uint8Array): Promise<void> {
    return this.#keyChanges.run(async () => {
      const key = await generateKeyPairFromSeed("Ed25519", seed);
      const { node, self } = this.#started("DIAL_FAILED", {});
      if (node.peerId.equals(peerIdFromPrivateKey(key))) return;
      const [retiring, next] = await this.#listenWith(key);
      this.#log.info("peerKey.changed", { from: self, to: next.self });
      try {
        await this.#moveConnections(retiring, next);
      } finally {
        this.#retiring = undefined;
        await this.#stopNode(retiring);
      }
    });
  }

  async #listenWith(key: PrivateKey): Promise<[retiring: Running, next: Running]> {
    const old = this.#started("DIAL_FAILED", {});
    const listen = old.listeners.addresses();
    const next = await this.#create(key, listen, old.served);
    old.listeners.pause();
    [this.#retiring, this.#running, this.#self] = [old, next, next.self];
    try {
      await next.node.start();
    } catch (cause) {
      [this.#retiring, this.#running, this.#self] = [undefined, old, old.self];
      await Promise.allSettled([next.node.stop()]);
      await Promise.allSettled([old.listeners.resume()]);
      throw networkErrors.LISTEN_FAILED({ listen: listen.join(", ") }, cause);
    }
    if (this.#stopping.signal.aborted) {
      await this.#stopNode(next);
      throw networkErrors.NETWORK_STOPPED();
    }
    this.#formerIds.add(old.self);
    this.#formerIds.delete(next.self);
    this.#judgeGossip(next);
    return [old, next];
  }

  /** One by one, so that the node always has peers. */
  async #moveConnections(from: Running, to: Running): Promise<void> {
    const isInbound = (peer: Libp2pPeerId): boolean =>
      from.node.getConnections(peer).every(({ direction }) => direction === "inbound");
    // Moves outbound peers first: inbound peers must not take all slots.
    for (const peer of from.node.getPeers().sort((a, b) => Number(isInbound(a)) - Number(isInbound(b)))) {
      if (this.#stopping.signal.aborted) return;
      await this.#dialAgain(peer, from, to);
      await this.#leave(from, peer);
    }
  }

  async #dialAgain(peer: Libp2pPeerId, { node }: Running, { node: next, gater }: Running): Promise<void> {
    const id = peer.toString();
    const outbound = node.getConnections(peer).filter(({ direction }) => direction === "outbound");
    const known = (await node.peerStore.get(peer).catch(() => undefined))?.addresses ?? [];
    const addresses = [
      ...outbound.map(({ remoteAddr }) => remoteAddr),
      ...known.map(({ multiaddr: address }) => address),
    ].map((address) => multiaddr(withPeer(address, id)));
    if (addresses.length === 0) return;
    const late = AbortSignal.timeout(LIBP2P_LIMITS.moveMs);
    const signal = AbortSignal.any([late, this.#stopping.signal]);
    try {
      await gater.dialling(addresses[0]!, () => next.dial(addresses, { signal }));
    } catch (error) {
      this.#log.debug("connection.notMoved", { peer: id, reason: reasonOf(error) });
    }
  }

  async #create(key: PrivateKey, listen: readonly string[], served: Served): Promise<Running> {
    const { handlers, protocols, topics } = served;
    let running: Running | undefined;
    const gater = new Gater({
      refusal: (candidate) =>
        this.#nodes.some((each) => each === running) ? handlers.refusal(candidate) : "not started",
      connections: (peer) => running?.node.getConnections(peer) ?? [],
      log: this.#log,
    });
    const listeners = new Listeners();
    const node = await createNode(
      key,
      { ...this.#options, listen },
      { topics, gater, listeners, guard: { handlers, traffic: this.#traffic }, scheduler: this.#scheduler },
    );
    const requests = new Requests(node, handlers.offended, this.#log);
    running = { self: node.peerId.toString(), node, gater, listeners, requests, served };
    this.#listen(running);
    for (const protocol of protocols) await requests.answer(protocol, handlers.answer);
    return running;
  }

  get #nodes(): Running[] {
    return [this.#running, this.#retiring].filter((running) => running !== undefined);
  }

  #judgeGossip(running: Running): void {
    const { handlers, topics } = running.served;
    const judge: TransportHandlers["judge"] = async (topic, message, from) => {
      const verdict = await handlers.judge(topic, message, from);
      if (verdict !== "accept") return verdict;
      // During a key change, some peers are connected only to the other node.
      for (const other of this.#nodes) if (other !== running) this.#publish(other, topic, message);
      return verdict;
    };
    judgeGossip(running.node.services.gossip, topics, judge, this.#log);
  }

  async dial(address: string): Promise<PeerId> {
    const { node, gater, served } = this.#started("DIAL_FAILED", { address });
    const target = multiaddr(parseAddress(address));
    const [ip, peer] = [ipOf(target), peerOf(target)];
    const reason =
      ip === undefined
        ? undefined
        : served.handlers.refusal({ ip, direction: "outbound", ...(peer === undefined ? {} : { peer }) });
    if (reason !== undefined) throw networkErrors.PEER_REFUSED({ address, reason });
    try {
      return (await gater.dialling(target, () => node.dial(target))).remotePeer.toString();
    } catch (cause) {
      if (isDenied(cause)) throw networkErrors.PEER_REFUSED({ address, reason: "connection denied" }, cause);
      throw networkErrors.DIAL_FAILED({ address, reason: reasonOf(cause) }, cause);
    }
  }

  disconnect(peer: PeerId, reason: string): void {
    const left = this.#nodes.filter(({ node }) => node.getConnections(peerIdFromString(peer)).length > 0);
    if (left.length > 0) this.#log.info("connection.closed", { peer, reason });
    for (const running of left) void this.#close(running, peerIdFromString(peer));
  }

  async #leave(running: Running, peer: Libp2pPeerId): Promise<void> {
    await running.requests.settle(peer.toString(), LIBP2P_LIMITS.moveMs);
    await this.#close(running, peer);
  }

  /** Lists the connections first: the peer may reconnect meanwhile. */
  async #close({ node, requests }: Running, peer: Libp2pPeerId): Promise<void> {
    const connections = node.getConnections(peer);
    await requests.leave(peer.toString());
    await Promise.all(connections.map((connection) => this.#end(connection)));
  }

  async #end(connection: Libp2pConnection): Promise<void> {
    await connection.close({ signal: AbortSignal.timeout(LIBP2P_LIMITS.stopMs) }).catch((error) => {
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
    const started = this.#started("REQUEST_FAILED", { peer, protocol });
    const { requests } = this.#homes.get(peer) ?? started;
    return requests.request(peerIdFromString(peer), protocol, request, options);
  }

  publish(topic: string, message: Uint8Array, to: GossipReach = "peers"): void {
    for (const running of this.#nodes) this.#publish(running, topic, message, to);
  }

  #publish({ node }: Running, topic: string, message: Uint8Array, to: GossipReach = "peers"): void {
    publishGossip(node.services.gossip, topic, message, to).catch((error) =>
      this.#log.debug("gossip.publishFailed", { topic, reason: reasonOf(error) }),
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const nodes = this.#nodes;
    [this.#running, this.#retiring] = [undefined, undefined];
    await Promise.all(nodes.map((running) => this.#stopNode(running)));
    await this.#keyChanges.idle();
  }

  async #stopNode({ node, requests }: Running): Promise<void> {
    requests.stop();
    const stopped = Promise.resolve(node.stop());
    const deadline = this.#scheduler.after(LIBP2P_LIMITS.stopMs, () => {
      // A graceful close would wait for peers that read nothing.
      for (const connection of node.getConnections()) connection.abort(networkErrors.NETWORK_STOPPED());
    });
    await stopped.finally(() => deadline.cancel());
  }

  #listen(running: Running): void {
    const { node, gater, served } = running;
    node.addEventListener("connection:open", ({ detail }) => this.#opened(detail, running));
    node.addEventListener("peer:disconnect", ({ detail }) => {
      const peer = detail.toString();
      gater.rest(peer);
      if (this.#homes.get(peer) !== running) return;
      this.#homes.delete(peer);
      this.#traffic.forget(peer);
      served.handlers.disconnected(peer);
    });
    node.addEventListener("peer:discovery", ({ detail }) =>
      this.#discovered(running, detail, farthestReach(node)),
    );
    node.addEventListener("peer:identify", ({ detail: { peerId, listenAddrs, connection } }) =>
      this.#discovered(running, { id: peerId, multiaddrs: listenAddrs }, reachOf(connection.remoteAddr)),
    );
  }

  #opened(connection: Libp2pConnection, running: Running): void {
    const { remotePeer, remoteAddr, direction } = connection;
    const peer = remotePeer.toString();
    this.#log.debug("connection.opened", {
      peer,
      address: remoteAddr.toString(),
      direction,
      encryption: connection.encryption,
    });
    const home = this.#homes.get(peer);
    if (home === running || (home !== undefined && running === this.#retiring)) return;
    this.#homes.set(peer, running);
    running.served.handlers.connected({
      peer,
      address: withPeer(remoteAddr, peer),
      ip: ipOf(remoteAddr) ?? "",
      direction,
    });
    if (home !== undefined) void this.#leave(home, remotePeer);
  }

  #discovered(
    { node, served }: Running,
    { id, multiaddrs }: { readonly id: Libp2pPeerId; readonly multiaddrs: readonly Multiaddr[] },
    reach: Reach,
  ): void {
    const peer = id.toString();
    const usable = usableAddresses(multiaddrs, reachWanted(node.getMultiaddrs(), reach));
    if (peer === this.self || this.#formerIds.has(peer) || usable.length === 0) return;
    served.handlers.discovered(
      peer,
      usable.map((address) => withPeer(address, peer)),
    );
  }

  #started(code: "DIAL_FAILED" | "REQUEST_FAILED", facts: Readonly<Record<string, string>>): Running {
    if (this.#running !== undefined) return this.#running;
    throw networkErrors[code]({ ...facts, reason: "the transport has not started" });
  }
}

/** Announced addresses must be reachable from the most distant peer. */
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
