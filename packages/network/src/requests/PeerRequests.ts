import { type Clock, isTrellisError } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type { Block, Body, Certificate, Hash, OutboxRange, OutboxRequest } from "@trellis/protocol";
import type { Offence, PeerGuard } from "../peers/PeerGuard.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import type {
  BlockTransactionsRequest,
  FollowedShards,
  HeadersAnswer,
  HeadersRequest,
  Hello,
  PastAnswer,
  PastRequest,
  StateRangeAnswer,
  StateRangeRequest,
  Wire,
  WireProtocol,
} from "../wire/index.ts";

interface PeerRequestsOptions {
  readonly transport: Pick<Transport, "request">;
  readonly guard: PeerGuard;
  readonly wire: Wire;
  readonly clock: Clock;
}

/** Missing or invalid answers are undefined; offences have been reported. [SYNC-20] */
export class PeerRequests {
  readonly #transport: Pick<Transport, "request">;
  readonly #guard: PeerGuard;
  readonly #protocols: Wire["protocols"];
  readonly #clock: Clock;

  constructor({ transport, guard, wire, clock }: PeerRequestsOptions) {
    this.#transport = transport;
    this.#guard = guard;
    this.#protocols = wire.protocols;
    this.#clock = clock;
  }

  hello(peer: PeerId, hello: Hello): Promise<Hello | undefined> {
    return this.#ask(peer, this.#protocols.hello, hello);
  }

  headers(peer: PeerId, request: HeadersRequest): Promise<HeadersAnswer | undefined> {
    return this.#ask(peer, this.#protocols.headers, request);
  }

  async past(peer: PeerId, request: PastRequest): Promise<PastAnswer | undefined> {
    // Older versions can still serve headers from genesis.
    const answer = await this.#ask(peer, this.#protocols.past, request, { blocks: [], isEnd: true });
    const { countMax } = request;
    return this.#fitting(peer, { request: "past", countMax }, answer?.blocks) && answer;
  }

  /** In the requested order; shorter if the answer is truncated. */
  async blocks(peer: PeerId, hashes: readonly Hash[]): Promise<readonly (Block | undefined)[] | undefined> {
    const blocks = (await this.#ask(peer, this.#protocols.blocks, { hashes }))?.blocks;
    const isAsked = blocks?.every((block, index) => block === undefined || block.hash === hashes[index]);
    return this.#fitting(peer, { request: "blocks", countMax: hashes.length }, blocks, isAsked);
  }

  async bodies(peer: PeerId, hashes: readonly Hash[]): Promise<readonly (Body | undefined)[] | undefined> {
    const answer = await this.#ask(peer, this.#protocols.bodies, { hashes });
    return this.#fitting(peer, { request: "bodies", countMax: hashes.length }, answer?.bodies);
  }

  stateRange(peer: PeerId, request: StateRangeRequest): Promise<StateRangeAnswer | undefined> {
    return this.#ask(peer, this.#protocols.stateRange, request);
  }

  async codes(
    peer: PeerId,
    hashes: readonly Hash[],
  ): Promise<readonly (Uint8Array | undefined)[] | undefined> {
    const answer = await this.#ask(peer, this.#protocols.codes, { hashes });
    return this.#fitting(peer, { request: "codes", countMax: hashes.length }, answer?.codes);
  }

  async blockTransactions(
    peer: PeerId,
    request: BlockTransactionsRequest,
  ): Promise<readonly Uint8Array[] | undefined> {
    const transactions = (await this.#ask(peer, this.#protocols.blockTransactions, request))?.transactions;
    const { length } = request.indexes;
    return this.#fitting(
      peer,
      { request: "block-transactions", countMax: length },
      transactions,
      transactions?.length === length,
    );
  }

  async certificates(
    peer: PeerId,
    fromHeight: number,
    countMax: number,
  ): Promise<readonly Certificate[] | undefined> {
    const answer = await this.#ask(peer, this.#protocols.certificates, { fromHeight, countMax });
    const certificates = answer?.certificates;
    const isAscending = certificates?.every(
      ({ height }, index) => height > (certificates[index - 1]?.height ?? fromHeight - 1),
    );
    return this.#fitting(peer, { request: "certificates", countMax }, certificates, isAscending);
  }

  async outbox(peer: PeerId, request: OutboxRequest): Promise<OutboxRange | undefined> {
    const range = (await this.#ask(peer, this.#protocols.outbox, request))?.range;
    const { first, countMax } = request;
    const isAsked = range?.messages.every(({ index }, position) => index === first + position);
    return this.#fitting(peer, { request: "outbox", countMax }, range?.messages, isAsked) && range;
  }

  async shards(peer: PeerId): Promise<FollowedShards | undefined> {
    return this.#ask(peer, this.#protocols.shards, {});
  }

  async pooled(peer: PeerId, countMax: number): Promise<readonly Hash[] | undefined> {
    const answer = await this.#ask(peer, this.#protocols.pooled, { countMax });
    return this.#fitting(peer, { request: "pooled", countMax }, answer?.hashes);
  }

  async transactions(
    peer: PeerId,
    hashes: readonly Hash[],
  ): Promise<readonly (Uint8Array | undefined)[] | undefined> {
    const transactions = (await this.#ask(peer, this.#protocols.transactions, { hashes }))?.transactions;
    const isAsked = transactions?.every(
      (encoded, index) => encoded === undefined || keccak256Hex(encoded) === hashes[index],
    );
    return this.#fitting(peer, { request: "transactions", countMax: hashes.length }, transactions, isAsked);
  }

  async #ask<Request, Answer>(
    peer: PeerId,
    protocol: WireProtocol<Request, Answer>,
    request: Request,
    ifUnsupported?: Answer,
  ): Promise<Answer | undefined> {
    const { id, timeoutMs, answerBytesMax } = protocol;
    const encoded = protocol.request.encode(request);
    const sentMs = this.#clock.nowMs();
    try {
      const answer = await this.#transport.request(peer, id, encoded, { timeoutMs, answerBytesMax });
      return protocol.answer.decode(answer);
    } catch (error) {
      if (isTrellisError(error, "PROTOCOL_UNSUPPORTED")) return ifUnsupported;
      const offence = offenceOf(error, this.#clock.nowMs() - sentMs >= timeoutMs);
      const code = isTrellisError(error) ? error.code : undefined;
      if (offence !== undefined) this.#guard.report(peer, offence, { request: protocol.name, code });
      return undefined;
    }
  }

  #fitting<T>(
    peer: PeerId,
    { request, countMax }: { readonly request: string; readonly countMax: number },
    values: readonly T[] | undefined,
    isAsked = true,
  ): readonly T[] | undefined {
    if (values === undefined || (values.length <= countMax && isAsked)) return values;
    this.#guard.report(peer, "falseAnswer", { request });
    return undefined;
  }
}

function offenceOf(error: unknown, isLate: boolean): Offence | undefined {
  if (isLate) return "stalling";
  return isTrellisError(error) && error.consequence === "penalise" ? "malformed" : undefined;
}
