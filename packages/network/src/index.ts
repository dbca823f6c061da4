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
export {
  type Codec,
  createWire,
  shortId,
  type Wire,
  type WireParameters,
  type WireProtocol,
  type WireTopic,
  wireErrors,
} from "./wire/index.ts";
export type * from "./wire/messages.ts";
