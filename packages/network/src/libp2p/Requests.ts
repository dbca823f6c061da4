import type { Connection, Libp2p, PeerId, Stream } from "@libp2p/interface";
import { lpStream } from "@libp2p/utils";
import type { Log } from "@trellis/base";
import type { RequestOptions, TransportHandlers, TransportProtocol } from "../transport/Transport.ts";
import { libp2pErrors } from "./errors.ts";
import { LIBP2P_LIMITS } from "./limits.ts";
import { plainBytes } from "./plainBytes.ts";

/** What libp2p's reader throws when a length says more than is allowed. */
const TOO_LONG: ReadonlySet<string> = new Set(["InvalidDataLengthError", "InvalidDataLengthLengthError"]);

const LENGTH_BYTES = 4;

interface Readable {
  readonly byteLength: number;
  subarray(): Uint8Array;
}

/**
 * Requests and their answers, one stream each: a length (4 bytes, big endian) and so many bytes there, the same back.
 * Lengths are checked before what they announce is read; each end closes its half when it has written.
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
        const frames = framesOf(stream, requestBytesMax);
        const request = await frames.read({ signal: this.#within(LIBP2P_LIMITS.requestReadMs) });
        const answer = await handler(remotePeer.toString(), id, plainBytes(request));
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
      const frames = framesOf(stream, answerBytesMax);
      await frames.write(request, { signal });
      const [answer] = await Promise.all([frames.read({ signal }), stream.close({ signal })]);
      return plainBytes(answer);
    } catch (error) {
      stream?.abort(asError(error));
      if (late.aborted) throw libp2pErrors.REQUEST_TIMED_OUT({ ...facts, timeoutMs }, error);
      if (error instanceof Error && TOO_LONG.has(error.name)) {
        throw libp2pErrors.ANSWER_TOO_LONG({ ...facts, answerBytesMax }, error);
      }
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

function framesOf(stream: Stream, bytesMax: number) {
  return lpStream(stream, {
    maxDataLength: bytesMax,
    maxLengthLength: LENGTH_BYTES,
    lengthEncoder: encodeLength,
    lengthDecoder: decodeLength,
    maxBufferSize: bytesMax + LIBP2P_LIMITS.readAheadBytes,
  });
}

function encodeLength(length: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

/** A RangeError asks for more bytes. A length of a fixed size: one of variable size has an end only if its sender likes. */
function decodeLength(bytes: Readable): number {
  if (bytes.byteLength < LENGTH_BYTES) throw new RangeError("the length is not complete");
  const [a, b, c, d] = bytes.subarray();
  return ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : libp2pErrors.REQUEST_FAILED({ reason: String(error) });
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
