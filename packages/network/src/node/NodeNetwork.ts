import {
  type BanView,
  type ChainView,
  type FinalityOutbox,
  type Hash,
  type NodeView,
  type OutboxRequest,
  type PeerClaim,
  type PeerView,
  silentOutbox,
} from "@trellis/protocol";
import { networkErrors } from "../errors.ts";
import type { OutboxRelay } from "../outboxes/OutboxRelay.ts";
import { type PeerManager, peerOfAddress } from "../peers/index.ts";
import type { NameResolver } from "../ports/NameResolver.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import type { BlockAnnouncer, Relay } from "../relay/Relay.ts";
import type { Server } from "../requests/serve.ts";
import type { SeedSource } from "../seeds/resolveSeed.ts";
import { Seeds } from "../seeds/Seeds.ts";
import type { Sync } from "../sync/Sync.ts";
import type { SyncProgress } from "../sync/SyncProgress.ts";
import type { Transport } from "../transport/Transport.ts";
import { createHandlers } from "./createHandlers.ts";
import { Dialer } from "./Dialer.ts";
import { measureTraffic } from "./measureTraffic.ts";
import type { Network, Reach } from "./Network.ts";
import { watchSync } from "./watchSync.ts";

/**
 * @param own addresses of this node, with its id
 * @returns undefined if this node should not dial the address
 */
export type SeedAcceptance = (
  address: string,
  source: SeedSource,
  own: readonly string[],
) => string | undefined;

interface NodeNetworkOptions extends Reach {
  readonly agent: string;
  readonly parseAddress?: (text: string) => string;
  readonly acceptSeed?: SeedAcceptance;
}

interface NodeNetworkPorts extends NetworkPorts {
  readonly transport: Transport;
  readonly resolver: NameResolver | undefined;
  readonly view: ChainView;
  readonly manager: PeerManager;
  readonly stopPeers: () => Promise<void>;
  readonly sync: Sync;
  readonly isOwn: (block: Hash) => boolean;
  readonly blocks: Relay & BlockAnnouncer;
  readonly transactions: Relay;
  readonly traces: Relay | undefined;
  readonly votes: (Relay & FinalityOutbox) | undefined;
  readonly outboxes: OutboxRelay | undefined;
  readonly shards: Relay | undefined;
}

export class NodeNetwork implements Network {
  readonly voteOutbox: FinalityOutbox;
  #options: NodeNetworkOptions;
  readonly #ports: NodeNetworkPorts;
  readonly #dialer: Dialer;
  readonly #seeds: Seeds;
  readonly #watch: ReturnType<typeof watchSync>;
  readonly #stopMeasuring: () => void;
  #stopAnnouncing: (() => void) | undefined;
  #isListening = false;
  #isStopped = false;

  constructor(options: NodeNetworkOptions, ports: NodeNetworkPorts) {
    const { transport, manager, sync } = ports;
    this.#options = options;
    this.#ports = ports;
    this.voteOutbox = ports.votes ?? silentOutbox;
    const connections = () => sync.handshakes.connections();
    const { acceptSeed = (address) => address } = options;
    this.#seeds = new Seeds(
      {
        bootstrap: options.bootstrap,
        accept: (address, source) => acceptSeed(address, source, transport.addresses()),
        isOwn: (address) => this.#isOwn(address),
        isLacking: () => this.#dialer.isLacking(),
        changed: () => this.#dialer.changeSeeds(this.#seeds.resolved()),
      },
      ports,
    );
    const bootstrap = this.#seeds.plain();
    this.#dialer = new Dialer({ ...options, bootstrap, transport, peers: manager, connections }, ports);
    this.#watch = watchSync(() => sync.progress(), ports.scheduler);
    this.#stopMeasuring = measureTraffic(transport, ports);
  }

  async start(): Promise<void> {
    const { transport, manager, sync, view, blocks, isOwn, log, stopping } = this.#ports;
    const relays = this.#relays;
    const servers = new Map<string, Server>();
    for (const server of [sync, ...relays].flatMap((part) => part.servers)) {
      servers.set(server.protocol.id, server);
    }
    const isStopping = (): boolean => this.#isStopped || stopping?.aborted === true;
    await transport.start(
      createHandlers({ manager, sync, relays, servers, log, isStopping }),
      [...servers.values()].map(({ protocol }) => protocol),
      relays.flatMap(({ topics }) => topics),
    );
    this.#isListening = true;
    sync.start();
    for (const relay of relays) relay.start?.();
    this.#stopAnnouncing = view.subscribe((event) => {
      // While syncing, the node announces only its own blocks. [SYNC-25]
      if (event.kind !== "block") return;
      if (isOwn(event.hash) || !sync.isSyncing()) blocks.announce(event.hash);
    });
    this.#seeds.start();
    this.#dialer.start();
  }

  async stop(): Promise<void> {
    const { transport, sync, stopPeers } = this.#ports;
    this.#isListening = false;
    this.#isStopped = true;
    this.#seeds.stop();
    this.#dialer.stop();
    this.#stopAnnouncing?.();
    this.#watch.stop();
    this.#stopMeasuring();
    for (const relay of this.#relays) relay.stop();
    sync.stop();
    await transport.stop().finally(stopPeers);
  }

  peers(): PeerView[] {
    const { manager, sync, transport } = this.#ports;
    return manager.list().map((peer) => {
      const hello = sync.handshakes.get(peer.id)?.hello;
      const traffic = transport.traffic?.(peer.id);
      return {
        ...peer,
        ...(hello === undefined ? {} : { agent: hello.agent, sink: hello.sink }),
        ...(traffic === undefined ? {} : { traffic }),
      };
    });
  }

  nodeInfo(): NodeView {
    const { transport } = this.#ports;
    return { id: transport.self, agent: this.#options.agent, addresses: transport.addresses() };
  }

  isListening(): boolean {
    return this.#isListening;
  }

  syncing(): SyncProgress | undefined {
    return this.#ports.sync.progress();
  }

  subscribeSync(listener: (progress: SyncProgress | undefined) => void): () => void {
    return this.#watch.subscribe(listener);
  }

  changeReach(reach: Reach): void {
    this.#ports.manager.changeLimits(reach.limits ?? {});
    this.#options = { ...this.#options, ...reach };
    this.#seeds.change(reach.bootstrap);
    this.#dialer.changeReach({ ...reach, bootstrap: this.#seeds.plain() });
    this.#dialer.changeSeeds(this.#seeds.resolved());
  }

  #isOwn(address: string): boolean {
    const { transport } = this.#ports;
    if (peerOfAddress(address) !== undefined) return peerOfAddress(address) === transport.self;
    return transport.addresses().some((own) => own === address || own === `${address}/p2p/${transport.self}`);
  }

  isReady(): boolean {
    return !this.#ports.sync.isSyncing() && this.isolation() === undefined;
  }

  isolation(): string | undefined {
    const { sync } = this.#ports;
    const { bootstrap, awaitsPeer = bootstrap.length > 0 } = this.#options;
    const problem = sync.problem();
    if (problem !== undefined) return problem;
    if (!awaitsPeer || sync.handshakes.ready().length > 0) return undefined;
    if (bootstrap.length === 0) return "no bootstrap address configured, and no peer found yet";
    if (this.#seeds.isUnresolved()) return "no bootstrap name is resolved, and no peer found yet";
    const foreign = this.#dialer.foreign();
    if (foreign === undefined) return "no peer has responded yet";
    const facts = Object.entries(foreign).map(([name, fact]) => `${name} ${fact}`);
    return `all bootstrap peers are on another network: ${facts.join(", ")}`;
  }

  requestOutbox(request: OutboxRequest): void {
    this.#ports.outboxes?.request(request);
  }

  claims(): readonly PeerClaim[] {
    return this.#ports.sync.handshakes.ready().map(({ hello }) => hello);
  }

  async addPeer(address: string): Promise<void> {
    this.#dialer.add(address);
  }

  removePeer(target: string): boolean {
    const { transport, manager, sync } = this.#ports;
    const connected = sync.handshakes
      .connections()
      .filter(({ peer, address }) => peer === target || address === target);
    const removed = new Set([...this.#dialer.remove(target), ...connected.map(({ peer }) => peer)]);
    for (const peer of removed) {
      manager.book.forget(peer);
      transport.disconnect(peer, "removed by the operator");
    }
    return removed.size > 0;
  }

  async ban(target: string, reason: string, durationMs?: number): Promise<void> {
    const { transport, manager } = this.#ports;
    if (target === transport.self)
      throw networkErrors.ADDRESS_INVALID({ address: target, reason: "this node itself" });
    manager.ban(target, reason, durationMs);
  }

  async unban(target: string): Promise<boolean> {
    return this.#ports.manager.unban(target);
  }

  bans(): BanView[] {
    return this.#ports.manager.bans();
  }

  get #relays(): readonly Relay[] {
    const { blocks, transactions, votes, traces, outboxes, shards } = this.#ports;
    return [blocks, transactions, votes, traces, outboxes, shards].filter((relay) => relay !== undefined);
  }
}
