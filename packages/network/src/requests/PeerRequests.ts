import { type Clock, type Facts, isTrellisError } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type { Block, Body, Certificate, Hash } from "@trellis/protocol";
import type { Offence, PeerGuard } from "../peers/PeerGuard.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import type {
  BlockTransactionsRequest,
  HeadersAnswer,
  HeadersRequest,
  Hello,
  StateRangeAnswer,
  StateRangeRequest,
  Wire,
  WireProtocol,
} from "../wire/index.ts";

/**
 * Asks peers. Undefined when a peer gave no answer, or one that is malformed or not to the question: that was told to
 * the guard, and the caller only asks somebody else. [SYNC-20]
 */
export interface PeerRequests {
  hello(peer: PeerId, hello: Hello): Promise<Hello | undefined>;
  headers(peer: PeerId, request: HeadersRequest): Promise<HeadersAnswer | undefined>;
  /** In the order of the hashes; a shorter answer was cut to its limit. */
  blocks(peer: PeerId, hashes: readonly Hash[]): Promise<readonly (Block | undefined)[] | undefined>;
  bodies(peer: PeerId, hashes: readonly Hash[]): Promise<readonly (Body | undefined)[] | undefined>;
  stateRange(peer: PeerId, request: StateRangeRequest): Promise<StateRangeAnswer | undefined>;
  codes(peer: PeerId, hashes: readonly Hash[]): Promise<readonly (Uint8Array | undefined)[] | undefined>;
  /** As many as were asked for. */
  blockTransactions(
    peer: PeerId,
    request: BlockTransactionsRequest,
  ): Promise<readonly Uint8Array[] | undefined>;
  /** Ascending, from the height that is asked for on. */
  certificates(
    peer: PeerId,
    fromHeight: number,
    countMax: number,
  ): Promise<readonly Certificate[] | undefined>;
  pooled(peer: PeerId, countMax: number): Promise<readonly Hash[] | undefined>;
  transactions(
    peer: PeerId,
    hashes: readonly Hash[],
  ): Promise<readonly (Uint8Array | undefined)[] | undefined>;
}

interface PeerRequestsOptions {
  readonly transport: Pick<Transport, "request">;
  readonly guard: PeerGuard;
  readonly wire: Wire;
  readonly clock: Clock;
}

export function createPeerRequests({
  transport,
  guard,
  clock,
  wire: { protocols },
}: PeerRequestsOptions): PeerRequests {
  const refuse = (peer: PeerId, offence: Offence, facts: Facts): undefined => {
    guard.report(peer, offence, facts);
    return undefined;
  };
  const ask = async <Request, Answer>(
    peer: PeerId,
    protocol: WireProtocol<Request, Answer>,
    request: Request,
  ): Promise<Answer | undefined> => {
    const { timeoutMs, answerBytesMax } = protocol;
    const encoded = protocol.request.encode(request);
    const sentMs = clock.nowMs();
    try {
      return protocol.answer.decode(
        await transport.request(peer, protocol.id, encoded, { timeoutMs, answerBytesMax }),
      );
    } catch (error) {
      const offence = offenceOf(error, clock.nowMs() - sentMs >= timeoutMs);
      if (offence !== undefined) guard.report(peer, offence, { request: protocol.name, code: codeOf(error) });
      return undefined;
    }
  };
  /** No more than was asked for, and at its place what was asked for. */
  const fits = <T>(
    peer: PeerId,
    name: string,
    hashes: readonly Hash[],
    values: readonly T[] | undefined,
    isAt: (value: T, hash: Hash) => boolean = () => true,
  ): readonly T[] | undefined => {
    if (values === undefined) return undefined;
    const isToTheQuestion =
      values.length <= hashes.length && values.every((value, index) => isAt(value, hashes[index]!));
    return isToTheQuestion ? values : refuse(peer, "falseAnswer", { request: name });
  };
  return {
    hello: (peer, hello) => ask(peer, protocols.hello, hello),
    headers: (peer, request) => ask(peer, protocols.headers, request),
    async blocks(peer, hashes) {
      const answer = await ask(peer, protocols.blocks, { hashes });
      return fits(
        peer,
        "blocks",
        hashes,
        answer?.blocks,
        (block, hash) => block === undefined || block.hash === hash,
      );
    },
    async bodies(peer, hashes) {
      const answer = await ask(peer, protocols.bodies, { hashes });
      return fits(peer, "bodies", hashes, answer?.bodies);
    },
    stateRange: (peer, request) => ask(peer, protocols.stateRange, request),
    async codes(peer, hashes) {
      const answer = await ask(peer, protocols.codes, { hashes });
      return fits(peer, "codes", hashes, answer?.codes);
    },
    async blockTransactions(peer, request) {
      const answer = await ask(peer, protocols.blockTransactions, request);
      if (answer === undefined || answer.transactions.length === request.indexes.length) {
        return answer?.transactions;
      }
      return refuse(peer, "falseAnswer", { request: "block-transactions", block: request.block });
    },
    async certificates(peer, fromHeight, countMax) {
      const answer = await ask(peer, protocols.certificates, { fromHeight, countMax });
      if (answer === undefined) return undefined;
      const { certificates } = answer;
      const isToTheQuestion =
        certificates.length <= countMax &&
        certificates.every(({ height }, index) => height >= (certificates[index - 1]?.height ?? -1) + 1) &&
        (certificates[0]?.height ?? fromHeight) >= fromHeight;
      return isToTheQuestion ? certificates : refuse(peer, "falseAnswer", { request: "certificates" });
    },
    async pooled(peer, countMax) {
      const answer = await ask(peer, protocols.pooled, { countMax });
      if (answer === undefined || answer.hashes.length <= countMax) return answer?.hashes;
      return refuse(peer, "falseAnswer", { request: "pooled" });
    },
    async transactions(peer, hashes) {
      const answer = await ask(peer, protocols.transactions, { hashes });
      return fits(
        peer,
        "transactions",
        hashes,
        answer?.transactions,
        (encoded, hash) => encoded === undefined || keccak256Hex(encoded) === hash,
      );
    },
  };
}

/** What a failed request says about the peer. A connection that ended says nothing. */
function offenceOf(error: unknown, isLate: boolean): Offence | undefined {
  if (isLate) return "stalling";
  return isTrellisError(error) && error.consequence === "penalise" ? "malformed" : undefined;
}

function codeOf(error: unknown): string | undefined {
  return isTrellisError(error) ? error.code : undefined;
}
