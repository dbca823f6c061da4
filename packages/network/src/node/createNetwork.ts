import type {
  BlockExchange,
  ChainView,
  FinalityIntake,
  Hash,
  PoolView,
  StateExchange,
  TransactionIntake,
} from "@trellis/protocol";
import { createVoteRelay } from "../finality/createVoteRelay.ts";
import { type ConnectionLimits, createBucketRates, openPeers, type PeerBookStore } from "../peers/index.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { type BlockForm, createRelays } from "../relay/index.ts";
import { Sync } from "../sync/Sync.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import { createWire } from "../wire/index.ts";
import type { Network } from "./Network.ts";
import { NodeNetwork } from "./NodeNetwork.ts";
import { OwnBlocks } from "./OwnBlocks.ts";

export interface NetworkOptions {
  readonly shard: number;
  /** Name and version of the software; printable ASCII. */
  readonly agent: string;
  /** Where other nodes are found at first. */
  readonly bootstrap: readonly string[];
  /** Not ready before a peer has said hello; else it may be the first of its network. As given, if addresses are. */
  readonly awaitsPeer?: boolean;
  /** Whether the transport knows a text as a peer's id; without it any short word is one. */
  readonly isPeerId?: (text: string) => boolean;
  /** What an operator may write for an address as the transport knows it; throws of what is none. */
  readonly parseAddress?: (text: string) => string;
  /** Connections that this node keeps up by itself. */
  readonly outboundTarget: number;
  readonly limits?: Partial<ConnectionLimits>;
  /** Whole blocks are for comparison. */
  readonly blockForm?: BlockForm;
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
  readonly pool: PoolView;
  readonly intake: TransactionIntake;
  /** Undefined on a node that takes no part in the vote: what is said about it is neither heard nor passed on. */
  readonly voteIntake?: FinalityIntake;
}

/**
 * Connects a chain and its pool with those of others. Everything that it decides follows from its ports.
 * @throws ARGUMENT_INVALID, PEER_BOOK_UNAVAILABLE
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
      ...(options.isPeerId === undefined ? {} : { isPeerId: options.isPeerId }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    },
    { ...ports, store: parts.peerBook },
  );
  const wire = createWire(view.parameters);
  const ownBlocks = new OwnBlocks(parts.chain);
  const chain = ownBlocks.exchange;
  const sync = new Sync(options, { ...parts, chain, wire, guard: manager }, ports);
  const peers = (): PeerId[] => sync.handshakes.ready().map(({ id }) => id);
  const relays = createRelays(
    {
      ...parts,
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
    parts.voteIntake &&
    createVoteRelay({ wire, transport, guard: manager, intake: parts.voteIntake, peers }, ports);
  return new NodeNetwork(
    options,
    { transport, view, manager, stopPeers, sync, isOwn: (block) => ownBlocks.has(block), votes, ...relays },
    ports,
  );
}
