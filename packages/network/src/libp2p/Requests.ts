import type { Connection, Libp2p, PeerId, Stream } from "@libp2p/interface";
import { isTrellisError, type Log } from "@trellis/base";
import type { RequestOptions, TransportHandlers, TransportProtocol } from "../transport/Transport.ts";
import { libp2pErrors } from "./errors.ts";
import { Frames } from "./Frames.ts";
import { LIBP2P_LIMITS } from "./limits.ts";

/**
 * Requests and their answers, one stream each: a frame there, a frame back. Lengths are checked before what they
 * announce is read; each end closes its half when it has written.
 */
export class Requests {
  readonly #node: Libp2p;
  readonly #log: Log;
  readonly #stopped = new AbortController();

  constructor(node: Libp2p, log: Log) {
    this.#node = node;
    this.#log = log;
  }

  async answer(
    { id, requestBytesMax }: TransportProtocol,
    handler: TransportHandlers["answer"],
  ): Promise<void> {
    const serve = async (stream: Stream, { remotePeer }: Connection): Promise<void> => {
      try {
        const frames = new Frames(stream, requestBytesMax);
        const request = await frames.read({ signal: this.#within(LIBP2P_LIMITS.requestReadMs) });
        if (request === undefined) throw libp2pErrors.REQUEST_TOO_LONG({ requestBytesMax });
        const answer = await handler(remotePeer.toString(), id, request);
        const signal = this.#within(LIBP2P_LIMITS.answerWriteMs);
        await frames.write(answer, { signal });
        await stream.close({ signal });
      } catch (error) {
        this.#log.debug("request not answered", {
          peer: remotePeer.toString(),
          protocol: id,
          reason: text(error),
        });
        stream.abort(asError(error));
      }
    };
    await this.#node.handle(id, (stream, connection) => void serve(stream, connection), {
      maxInboundStreams: LIBP2P_LIMITS.requestsPerProtocolMax,
      maxOutboundStreams: LIBP2P_LIMITS.requestsOutPerProtocolMax,
    });
  }

  /** @throws REQUEST_FAILED, REQUEST_TIMED_OUT, ANSWER_TOO_LONG */
  async request(
    peer: PeerId,
    protocol: string,
    request: Uint8Array,
    { timeoutMs, answerBytesMax }: RequestOptions,
  ): Promise<Uint8Array> {
    const facts = { peer: peer.toString(), protocol };
    const connection = this.#node.getConnections(peer).findLast(({ status }) => status === "open");
    if (connection === undefined) throw libp2pErrors.REQUEST_FAILED({ ...facts, reason: "not connected" });
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([late, this.#stopped.signal]);
    let stream: Stream | undefined;
    try {
      stream = await connection.newStream(protocol, { signal });
      const frames = new Frames(stream, answerBytesMax);
      await frames.write(request, { signal });
      const [answer] = await Promise.all([frames.read({ signal }), stream.close({ signal })]);
      if (answer === undefined) throw libp2pErrors.ANSWER_TOO_LONG({ ...facts, answerBytesMax });
      return answer;
    } catch (error) {
      stream?.abort(asError(error));
      if (late.aborted) throw libp2pErrors.REQUEST_TIMED_OUT({ ...facts, timeoutMs }, error);
      if (isTrellisError(error)) throw error;
      throw libp2pErrors.REQUEST_FAILED({ ...facts, reason: text(error) }, error);
    }
  }

  /** Ends all that is under way. */
  stop(): void {
    this.#stopped.abort();
  }

  #within(timeoutMs: number): AbortSignal {
    return AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#stopped.signal]);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : libp2pErrors.REQUEST_FAILED({ reason: String(error) });
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
