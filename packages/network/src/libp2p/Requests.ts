import type { Connection, Libp2p, NewStreamOptions, PeerId, Stream } from "@libp2p/interface";
import { isTrellisError, type Log } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import type { RequestOptions, TransportHandlers, TransportProtocol } from "../transport/Transport.ts";
import { AnswerBudget } from "./AnswerBudget.ts";
import { Frames } from "./Frames.ts";
import type { Offer } from "./guardMuxer.ts";
import { LIBP2P_LIMITS } from "./limits.ts";
import { passed } from "./passed.ts";
import { reasonOf } from "./reasonOf.ts";

const UNREAD = "answers not read";

type Underway = Map<string, Set<Promise<unknown>>>;

interface ServedStream {
  readonly stream: Stream;
  readonly frames: Frames;
  readonly connection: Connection;
}

/** One stream per request, with one frame in each direction. */
export class Requests {
  readonly #node: Libp2p;
  readonly #log: Log;
  readonly #offended: TransportHandlers["offended"];
  readonly #budget = new AnswerBudget({
    perPeerMax: LIBP2P_LIMITS.unsentPerPeerMax,
    inAllMax: LIBP2P_LIMITS.unsentMax,
    waitingPerPeerMax: LIBP2P_LIMITS.waitingBytesPerPeerMax,
  });
  readonly #served: Underway = new Map();
  readonly #asked: Underway = new Map();
  readonly #leaving = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #stopped = new AbortController();

  constructor(node: Libp2p, offended: TransportHandlers["offended"], log: Log) {
    this.#node = node;
    this.#offended = offended;
    this.#log = log;
  }

  async answer(
    { id, requestBytesMax }: TransportProtocol,
    handler: TransportHandlers["answer"],
  ): Promise<void> {
    const serve = async (stream: Stream, connection: Connection): Promise<void> => {
      const peer = connection.remotePeer.toString();
      try {
        const frames = new Frames(stream, requestBytesMax);
        const request = await frames.read({ signal: this.#within(LIBP2P_LIMITS.requestReadMs) });
        if (request === undefined)
          throw networkErrors.PROTOCOL_VIOLATED({ reason: "request too long", bytesMax: requestBytesMax });
        if (this.#leaving.has(peer)) throw networkErrors.NETWORK_STOPPED();
        await this.#serve({ stream, frames, connection }, request.length, () => handler(peer, id, request));
      } catch (error) {
        this.#log.debug("peerRequest.failed", { peer, protocol: id, reason: reasonOf(error) });
        stream.abort(asError(error));
      }
    };
    this.#answered.add(id);
    await this.#node.handle(
      id,
      (stream, connection) => track(this.#served, connection.remotePeer, serve(stream, connection)),
      {
        maxInboundStreams: LIBP2P_LIMITS.requestsPerProtocolMax,
        maxOutboundStreams: LIBP2P_LIMITS.requestsOutPerProtocolMax,
      },
    );
  }

  async settle(peer: string, timeoutMs: number): Promise<void> {
    await Promise.race([Promise.allSettled(this.#asked.get(peer) ?? []), passed(timeoutMs)]);
  }

  async leave(peer: string): Promise<void> {
    const served = this.#served.get(peer);
    if (served === undefined) return;
    this.#leaving.add(peer);
    try {
      await Promise.race([Promise.allSettled(served), passed(LIBP2P_LIMITS.leaveMs)]);
      // libp2p closes the socket while the encryption layer may still buffer data.
      await passed(LIBP2P_LIMITS.lingerMs);
    } finally {
      this.#leaving.delete(peer);
    }
  }

  async #serve(
    { stream, frames, connection }: ServedStream,
    requestBytes: number,
    answer: () => Promise<Uint8Array>,
  ): Promise<void> {
    const peer = connection.remotePeer.toString();
    const giveUp = (): void => {
      if (this.#stopped.signal.aborted || connection.status !== "open") return;
      this.#offended(peer, "stalling", { reason: UNREAD, bytes: this.#budget.bytes });
      connection.abort(networkErrors.PEER_OVER_LIMIT({ peer, reason: UNREAD }));
    };
    const waiting = this.#within(LIBP2P_LIMITS.answerWriteMs);
    const begun = await this.#budget.begin(peer, requestBytes, answer, { signal: waiting, giveUp });
    if (begun === undefined) throw networkErrors.PEER_OVER_LIMIT({ peer, reason: UNREAD });
    const late = AbortSignal.timeout(LIBP2P_LIMITS.answerWriteMs);
    const signal = AbortSignal.any([late, this.#stopped.signal]);
    try {
      await frames.write(begun.answer, { signal });
      await stream.close({ signal });
    } catch (error) {
      if (late.aborted) giveUp();
      throw error;
    } finally {
      begun.taken();
    }
  }

  request(peer: PeerId, protocol: string, request: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const asked = this.#request(peer, protocol, request, options);
    track(this.#asked, peer, asked);
    return asked;
  }

  async #request(
    peer: PeerId,
    protocol: string,
    request: Uint8Array,
    { timeoutMs, answerBytesMax, preferred }: RequestOptions,
  ): Promise<Uint8Array> {
    const facts = { peer: peer.toString(), protocol };
    const connection = this.#node.getConnections(peer).findLast(({ status }) => status === "open");
    if (connection === undefined) throw networkErrors.REQUEST_FAILED({ ...facts, reason: "not connected" });
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([late, this.#stopped.signal]);
    let stream: Stream | undefined;
    try {
      const protocols = preferred === undefined ? [protocol] : [preferred.protocol, protocol];
      const offer: Offer & Pick<NewStreamOptions, "signal"> = { offered: protocols, signal };
      stream = await connection.newStream(protocols, offer);
      const frames = new Frames(stream, answerBytesMax);
      const isPreferred = preferred !== undefined && stream.protocol === preferred.protocol;
      await frames.write(isPreferred ? preferred.request : request, { signal });
      const [answer] = await Promise.all([frames.read({ signal }), stream.close({ signal })]);
      if (answer === undefined)
        throw networkErrors.PROTOCOL_VIOLATED({
          ...facts,
          reason: "response too long",
          bytesMax: answerBytesMax,
        });
      return answer;
    } catch (error) {
      stream?.abort(asError(error));
      if (late.aborted)
        throw networkErrors.REQUEST_FAILED({ ...facts, reason: "no response in time", timeoutMs }, error);
      if (isTrellisError(error)) throw error;
      if (error instanceof Error && error.name === "UnsupportedProtocolError") {
        await this.#noteStranger(peer, protocol);
        throw networkErrors.PROTOCOL_UNSUPPORTED(facts, error);
      }
      throw networkErrors.REQUEST_FAILED({ ...facts, reason: reasonOf(error) }, error);
    }
  }

  /** A peer with none of our protocols is on another network; a peer that lacks some runs another version. */
  async #noteStranger(peer: PeerId, protocol: string): Promise<void> {
    const known = await this.#node.peerStore.get(peer).catch(() => undefined);
    if (known?.protocols.some((each) => this.#answered.has(each))) return;
    this.#offended(peer.toString(), "otherNetwork", { difference: "protocols", ours: protocol });
  }

  stop(): void {
    this.#stopped.abort();
  }

  #within(timeoutMs: number): AbortSignal {
    return AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#stopped.signal]);
  }
}

function track(underway: Underway, remote: PeerId, work: Promise<unknown>): void {
  const peer = remote.toString();
  const all = underway.get(peer) ?? new Set();
  underway.set(peer, all.add(work));
  const ended = (): void => {
    all.delete(work);
    if (all.size === 0 && underway.get(peer) === all) underway.delete(peer);
  };
  work.then(ended, ended);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : networkErrors.REQUEST_FAILED({ reason: reasonOf(error) });
}
