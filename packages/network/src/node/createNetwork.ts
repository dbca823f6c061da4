import type {
  BlockExchange,
  ChainView,
  FinalityIntake,
  Hash,
  OutboxExchange,
  PoolView,
  StateExchange,
  TransactionIntake,
} from "@trellis/protocol";
import { createVoteRelay } from "../finality/createVoteRelay.ts";
import { OutboxRelay } from "../outboxes/OutboxRelay.ts";
import { createBucketRates, openPeers, type PeerBookStore } from "../peers/index.ts";
import type { NameResolver } from "../ports/NameResolver.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { type BlockForm, createRelays } from "../relay/index.ts";
import { PeerRequests } from "../requests/PeerRequests.ts";
import type { ShardAddresses } from "../shards/ShardAddresses.ts";
import { ShardRelay } from "../shards/ShardRelay.ts";
import { Sync } from "../sync/Sync.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import { createWire } from "../wire/index.ts";
import { measureMessages } from "./measureMessages.ts";
import type { Network, Reach } from "./Network.ts";
import { NodeNetwork, type SeedAcceptance } from "./NodeNetwork.ts";
import { OwnBlocks } from "./OwnBlocks.ts";
import { traceRequests } from "./traceRequests.ts";

export interface NetworkOptions extends Reach {
  readonly shard: number;
  /** Printable ASCII. */
  readonly agent: string;
  readonly isPeerId?: (text: string) => boolean;
  readonly parseAddress?: (text: string) => string;
  /** Default: all addresses that DNS gives are dialled. */
  readonly acceptSeed?: SeedAcceptance;
  /** Default: all addresses that peers name for other shards are used. */
  readonly acceptAddress?: AddressAcceptance;
  /** `full` serves only to measure the gain of compact blocks. */
  readonly blockForm?: BlockForm;
  /** An empty chain imports the state of this or a later block. */
  readonly checkpoint?: Hash;
}

interface NetworkServices {
  readonly transport: Transport;
  /** Default: names are addresses, which the transport resolves. */
  readonly resolver?: NameResolver;
  readonly peerBook: PeerBookStore;
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  readonly pool: PoolView;
  readonly intake: TransactionIntake;
  readonly voteIntake?: FinalityIntake;
  /** In shard 0, which all nodes follow. Default: none are served or requested. [SHARD-21] */
  readonly outboxes?: OutboxExchange | undefined;
  /** In shard 0, of a network with several shards. Default: peers are not asked. [NET-32] */
  readonly shards?: ShardAddresses | undefined;
}

/**
 * @param connectedAt address of the peer that names the address
 * @param own addresses of this node, with its id
 * @returns undefined if this node should not dial the address
 */
type AddressAcceptance = (address: string, connectedAt: string, own: readonly string[]) => string | undefined;

/** @throws ARGUMENT_INVALID, PEER_BOOK_UNAVAILABLE */
export async function createNetwork(
  options: NetworkOptions,
  services: NetworkServices,
  ports: NetworkPorts,
): Promise<Network> {
  const { view, voteIntake } = services;
  const wire = createWire(view.parameters);
  const transport = measureMessages(traceRequests(services.transport, wire, ports), wire, ports);
  const { manager, stop: stopPeers } = await openPeers(
    {
      rates: createBucketRates(view.parameters),
      disconnect: (peer, reason) => transport.disconnect(peer, reason),
      ...(options.isPeerId === undefined ? {} : { isPeerId: options.isPeerId }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    },
    { ...ports, store: services.peerBook },
  );
  const ownBlocks = new OwnBlocks(services.chain);
  const chain = ownBlocks.exchange;
  const sync = new Sync(options, { ...services, ...ports, transport, chain, wire, guard: manager });
  const peers = (): PeerId[] => sync.handshakes.ready().map(({ id }) => id);
  const relays = createRelays(
    {
      ...services,
      transport,
      chain,
      blockForm: options.blockForm ?? "compact",
      wire,
      guard: manager,
      queue: sync.queue,
      peers,
    },
    ports,
  );
  const votes =
    voteIntake && createVoteRelay({ ...ports, wire, transport, guard: manager, intake: voteIntake, peers });
  const exchange = services.outboxes;
  const requests = new PeerRequests({ ...ports, transport, wire, guard: manager });
  const { shards: addresses } = services;
  const { acceptAddress = (address) => address } = options;
  const shards =
    addresses &&
    new ShardRelay(
      {
        ...{ wire, requests, guard: manager, addresses },
        peers: () => sync.handshakes.ready().map(({ connection }) => connection),
        accept: (address, { address: at }) => acceptAddress(address, at, transport.addresses()),
      },
      ports,
    );
  const follows = (peer: PeerId, shard: number): boolean | undefined => shards?.follows(peer, shard);
  const outboxes =
    exchange && new OutboxRelay({ wire, requests, guard: manager, exchange, peers, follows }, ports);
  return new NodeNetwork(options, {
    ...ports,
    ...relays,
    transport,
    resolver: services.resolver,
    view,
    manager,
    stopPeers,
    sync,
    isOwn: (block) => ownBlocks.has(block),
    votes,
    outboxes,
    shards,
  });
}
