import type { CreateStreamOptions, MessageStream, StreamMuxerFactory } from "@libp2p/interface";
import { type YamuxMuxerInit, yamux } from "@libp2p/yamux";
import { networkErrors } from "../errors.ts";
import type { PeerId, TransportBucket, TransportHandlers } from "../transport/Transport.ts";
import { LIBP2P_LIMITS } from "./limits.ts";
import { MuxFrames } from "./MuxFrames.ts";
import { plainBytes } from "./plainBytes.ts";
import { StreamCheck } from "./StreamCheck.ts";
import type { TrafficMeter } from "./TrafficMeter.ts";

/** Option of `newStream`. libp2p passes several protocols to the multiplexer only in its options. */
export interface Offer {
  readonly offered: readonly string[];
}

export interface MuxerGuardOptions {
  readonly peerOf: (connection: MessageStream) => PeerId | undefined;
  readonly protocols: () => readonly string[];
  readonly messageBytesMax: (protocol: string) => number | undefined;
  readonly isGossip: (protocol: string) => boolean;
  readonly handlers: Pick<TransportHandlers, "spend" | "offended">;
  readonly traffic: TrafficMeter;
}

type YamuxMuxer = ReturnType<ReturnType<ReturnType<typeof yamux>>["createStreamMuxer"]>;
type YamuxStream = Parameters<YamuxMuxer["onRemoteStream"]>[0];

/** Malformed data ends the stream; flooding ends the connection. [LINK-5] [LINK-13] */
export function guardedYamux(init: YamuxMuxerInit, options: MuxerGuardOptions): () => StreamMuxerFactory {
  return () => {
    const factory = yamux(init)();
    return {
      protocol: factory.protocol,
      createStreamMuxer(connection) {
        const muxer = factory.createStreamMuxer(connection);
        guardMuxer(muxer, connection, options);
        return muxer;
      },
    };
  };
}

const LONG_FRAME = "a frame longer than any window";
const NO_STREAM = "not a stream message";

function guardMuxer(muxer: YamuxMuxer, connection: MessageStream, options: MuxerGuardOptions): void {
  const { handlers, traffic } = options;
  const peer = options.peerOf(connection);
  if (peer === undefined) {
    connection.abort(networkErrors.CONNECTION_ENDED({ reason: "not encrypted" }));
    return;
  }
  const frames = new MuxFrames({
    dataBytesMax: LIBP2P_LIMITS.streamWindowBytes,
    frameTokens: LIBP2P_LIMITS.frameTokens,
    streamTokens: LIBP2P_LIMITS.streamTokens,
  });
  const isServed = (bucket: TransportBucket, tokens: number): boolean => {
    if (tokens === 0 || handlers.spend(peer, bucket, tokens)) return true;
    handlers.offended(peer, "flooding", { bucket, tokens });
    connection.abort(
      networkErrors.PROTOCOL_VIOLATED({
        peer,
        reason: "more traffic than any protocol needs",
        bucket,
        tokens,
      }),
    );
    return false;
  };

  const read = muxer.onData.bind(muxer);
  muxer.onData = (data) => {
    if (connection.status !== "open") return;
    const chunk = plainBytes(data);
    traffic.received(peer, chunk.length);
    const tokens = frames.read(chunk);
    if (tokens === undefined) {
      handlers.offended(peer, "malformed", { reason: LONG_FRAME });
      connection.abort(networkErrors.PROTOCOL_VIOLATED({ peer, reason: LONG_FRAME }));
    } else if (isServed("frames", tokens)) read(chunk);
  };

  const send = muxer.send.bind(muxer);
  muxer.send = (data) => {
    traffic.sent(peer, data.byteLength);
    return send(data);
  };

  const check = (stream: YamuxStream, isChoice: (protocol: string) => boolean): void => {
    guardStream(stream, isChoice, { ...options, peer, isServed });
  };
  const take = muxer.onRemoteStream.bind(muxer);
  muxer.onRemoteStream = (stream) => {
    check(stream, (protocol) => options.protocols().includes(protocol));
    take(stream);
  };
  let asked: readonly string[] | undefined;
  const open = muxer.createStream.bind(muxer);
  muxer.createStream = (streamOptions: (CreateStreamOptions & Partial<Offer>) | undefined) => {
    const { protocol, offered = protocol === undefined ? undefined : [protocol] } = streamOptions ?? {};
    asked = offered;
    return open(streamOptions);
  };
  const create = muxer.onCreateStream.bind(muxer);
  muxer.onCreateStream = () => {
    const stream = create();
    const protocols = asked;
    // Only gossip streams offer several protocols without naming them here.
    check(stream, (answer) => protocols?.includes(answer) ?? options.isGossip(answer));
    return stream;
  };
}

interface StreamGuardOptions extends MuxerGuardOptions {
  readonly peer: PeerId;
  readonly isServed: (bucket: TransportBucket, tokens: number) => boolean;
}

/** Wraps `onData`: an event listener would consume bytes of later listeners. */
function guardStream(
  stream: YamuxStream,
  isChoice: (protocol: string) => boolean,
  { messageBytesMax, isGossip, handlers, peer, isServed }: StreamGuardOptions,
): void {
  let gossip = 0;
  let control = 0;
  const check = new StreamCheck({
    isChoice,
    messageBytesMax,
    began(protocol, bytes) {
      if (!isGossip(protocol)) control += LIBP2P_LIMITS.controlTokens;
      else {
        gossip += 1 + bytes / LIBP2P_LIMITS.bytesPerToken;
        if (bytes < LIBP2P_LIMITS.gossipMessageBytesMin) control += LIBP2P_LIMITS.gossipTalkTokens;
      }
    },
  });
  const read = stream.onData.bind(stream);
  stream.onData = (data) => {
    const chunk = plainBytes(data);
    if (!check.accepts(chunk)) {
      handlers.offended(peer, "malformed", { reason: NO_STREAM });
      return stream.abort(networkErrors.PROTOCOL_VIOLATED({ peer, reason: NO_STREAM }));
    }
    const [gossiped, controlled] = [gossip, control];
    gossip = 0;
    control = 0;
    if (isServed("gossip", gossiped) && isServed("frames", controlled)) read(chunk);
  };
}
