import {
  type Block,
  type BlockExchange,
  type Body,
  type ChainView,
  type Hash,
  HEADER_LIMITS,
  type StateExchange,
} from "@trellis/protocol";
import { networkErrors } from "../../errors.ts";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { AnswerQueue } from "../../requests/AnswerQueue.ts";
import { type Server, serve } from "../../requests/serve.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { Hello, Wire, WireProtocol } from "../../wire/index.ts";
import { SERVING_LIMITS } from "../limits.ts";

interface ServersOptions {
  readonly wire: Wire;
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  readonly guard: PeerGuard;
  readonly answerQueue: AnswerQueue;
  readonly answerHello: (peer: PeerId, hello: Hello) => Hello;
}

/** Serves only ready peers. Long answers are truncated. [SYNC-17] */
export function createServers(options: ServersOptions): Server[] {
  const { chain, states, view, guard, answerQueue, answerHello } = options;
  const { hello, headers, past, blocks, bodies, stateRange, codes } = options.wire.protocols;
  const inTurn = <Request, Answer>(
    protocol: WireProtocol<Request, Answer>,
    answer: (request: Request) => Answer | Promise<Answer>,
  ): Server => serve(guard, protocol, (_peer, request) => answer(request), answerQueue);
  return [
    serve(guard, hello, answerHello),
    inTurn(headers, ({ locator, countMax }) => {
      const page = chain.headersAfter(locator, countMax);
      if (page === undefined)
        throw networkErrors.PROTOCOL_VIOLATED({
          reason: "locator without genesis",
          hashes: locator.length,
        });
      return page;
    }),
    inTurn(past, ({ checkpoint, after, countMax }) => states.pastOf(checkpoint, after, countMax)),
    inTurn(blocks, ({ hashes }) => ({
      blocks: readWithin(hashes, (hash) => view.block(hash), blockSize),
    })),
    inTurn(bodies, ({ hashes }) => ({
      bodies: readWithin(hashes, (hash) => view.block(hash)?.body, bodySize),
    })),
    inTurn(stateRange, ({ block, owner, from, bytesMax }) => states.stateRange(block, owner, from, bytesMax)),
    inTurn(codes, ({ hashes }) => ({
      codes: readWithin(
        hashes,
        (hash) => states.code(hash),
        ({ length }) => length,
      ),
    })),
  ];
}

/** Always returns the first item, however large. */
function readWithin<T>(
  hashes: readonly Hash[],
  get: (hash: Hash) => T | undefined,
  sizeOf: (value: T) => number,
): (T | undefined)[] {
  const values: (T | undefined)[] = [];
  let bytes = 0;
  for (const hash of hashes) {
    const value = get(hash);
    bytes += value === undefined ? 1 : sizeOf(value);
    if (bytes > SERVING_LIMITS.answerBytes && values.length > 0) break;
    values.push(value);
  }
  return values;
}

function blockSize({ body }: Block): number {
  return HEADER_LIMITS.bytesMax + bodySize(body);
}

function bodySize({ transactions }: Body): number {
  return transactions.reduce((sum, { encoded }) => sum + encoded.length + RLP_PREFIX_BYTES, LISTS_BYTES);
}

const RLP_PREFIX_BYTES = 4;
const LISTS_BYTES = 4_096;
