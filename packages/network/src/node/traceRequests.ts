import { isTrellisError, LruMap } from "@trellis/base";
import { TokenBucket } from "../peers/TokenBucket.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { TRACE_PEER_RATE, TRACE_RATE } from "../relay/limits.ts";
import type { PeerId, Transport, TransportHandlers } from "../transport/Transport.ts";
import { decodeTraced, encodeTraced, TRACE_BYTES, tracedIdOf, type Wire } from "../wire/index.ts";
import { decorate } from "./decorate.ts";

const PEERS_MAX = 256;

/** A second protocol for each, because older peers and those without tracing support only the first. [NET-28] */
export function traceRequests(
  transport: Transport,
  wire: Wire,
  { tracing, clock }: Pick<NetworkPorts, "tracing" | "clock">,
): Transport {
  if (tracing === undefined) return transport;
  const names = new Map(Object.values(wire.protocols).map(({ id, name }) => [id, name]));
  const protocolOf = new Map([...names.keys()].map((id) => [tracedIdOf(id), id]));
  const rate = new TokenBucket(TRACE_RATE, clock.nowMs());
  const peerRates = new LruMap<PeerId, TokenBucket>(PEERS_MAX);
  const isRecorded = (peer: PeerId): boolean => {
    const nowMs = clock.nowMs();
    const own = peerRates.get(peer) ?? new TokenBucket(TRACE_PEER_RATE, nowMs);
    peerRates.set(peer, own);
    return own.take(1, nowMs) && rate.take(1, nowMs);
  };
  const traced = (handlers: TransportHandlers): TransportHandlers => ({
    ...handlers,
    async answer(peer, protocol, message) {
      const plain = protocolOf.get(protocol);
      if (plain === undefined) return handlers.answer(peer, protocol, message);
      const { trace, request } = decoded(handlers, peer, protocol, message);
      const answer = () => handlers.answer(peer, plain, request);
      if (!isRecorded(peer)) return answer();
      return tracing.span(
        `answer ${names.get(plain)}`,
        { kind: "server", facts: { peer }, parent: trace },
        answer,
      );
    },
  });
  return decorate(transport, {
    start(handlers, protocols, topics) {
      const more = protocols.map(({ id, requestBytesMax }) => ({
        id: tracedIdOf(id),
        requestBytesMax: requestBytesMax + TRACE_BYTES,
      }));
      return transport.start(traced(handlers), [...protocols, ...more], topics);
    },
    request: (peer, protocol, request, options) =>
      tracing.span(`request ${names.get(protocol)}`, { kind: "client", facts: { peer } }, () => {
        const trace = tracing.current();
        if (trace?.isSampled !== true) return transport.request(peer, protocol, request, options);
        const preferred = { protocol: tracedIdOf(protocol), request: encodeTraced(trace, request) };
        return transport.request(peer, protocol, request, { ...options, preferred });
      }),
  });
}

function decoded(
  handlers: TransportHandlers,
  peer: string,
  protocol: string,
  message: Uint8Array,
): ReturnType<typeof decodeTraced> {
  try {
    return decodeTraced(message);
  } catch (error) {
    if (isTrellisError(error)) handlers.offended(peer, "malformed", { request: protocol, code: error.code });
    throw error;
  }
}
