export { networkErrors } from "./errors.ts";
export type { KeyedTransport } from "./libp2p/index.ts";
export {
  acceptPeerAddress,
  acceptSeed,
  createLibp2pTransport,
  isPeerId,
  openPeerKey,
  parseAddress,
  parseBootstrap,
  readPeerKey,
} from "./libp2p/index.ts";
export { createNetwork } from "./node/createNetwork.ts";
export type { Network, Reach } from "./node/Network.ts";
export { MemoryPeerBookStore, type PeerBookStore, SystemPeerBookFile } from "./peers/index.ts";
export type { NameResolver } from "./ports/NameResolver.ts";
export { systemResolver } from "./seeds/systemResolver.ts";
export type { ShardAddresses } from "./shards/ShardAddresses.ts";
export type {
  Connection,
  GossipReach,
  GossipVerdict,
  PeerId,
  RequestOptions,
  Transport,
  TransportHandlers,
  TransportProtocol,
} from "./transport/Transport.ts";
export { createWire, type Wire, type WireProtocol, wireErrors } from "./wire/index.ts";
export type * from "./wire/messages.ts";
