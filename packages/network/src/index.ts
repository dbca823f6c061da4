export { networkErrors } from "./errors.ts";
export {
  createLibp2pTransport,
  isPeerId,
  type Libp2pOptions,
  type Libp2pPorts,
  openPeerKey,
  parseAddress,
} from "./libp2p/index.ts";
export { createNetwork, type NetworkOptions, type NetworkServices } from "./node/createNetwork.ts";
export type { Network } from "./node/Network.ts";
export {
  type ConnectionLimits,
  MemoryPeerBookStore,
  type PeerBookStore,
  SystemPeerBookFile,
} from "./peers/index.ts";
export type { NetworkPorts } from "./ports/NetworkPorts.ts";
export type { SyncProgress } from "./sync/SyncProgress.ts";
export type {
  Connection,
  GossipVerdict,
  PeerId,
  RequestOptions,
  Traffic,
  Transport,
  TransportBucket,
  TransportHandlers,
  TransportOffence,
  TransportProtocol,
} from "./transport/Transport.ts";
export {
  type Codec,
  createWire,
  type Wire,
  type WireParameters,
  type WireProtocol,
  type WireTopic,
  wireErrors,
} from "./wire/index.ts";
export type * from "./wire/messages.ts";
