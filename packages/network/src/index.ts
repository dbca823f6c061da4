export type { Offence, PeerGuard } from "./peers/PeerGuard.ts";
export type {
  Connection,
  GossipVerdict,
  PeerId,
  RequestOptions,
  Transport,
  TransportHandlers,
  TransportProtocol,
} from "./transport/Transport.ts";
