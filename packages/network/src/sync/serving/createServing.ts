import type { Block, BlockExchange, Body, ChainView, Hash, StateExchange } from "@trellis/protocol";
import { HEADER_LIMITS } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type {
  BlocksAnswer,
  BodiesAnswer,
  CodesAnswer,
  HashesRequest,
  HeadersAnswer,
  HeadersRequest,
  Hello,
  StateRangeAnswer,
  StateRangeRequest,
} from "../../wire/messages.ts";
import { syncErrors } from "../errors.ts";
import { SERVING_LIMITS } from "../limits.ts";

export interface ServingOptions {
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  readonly guard: PeerGuard;
  readonly greet: (peer: PeerId, hello: Hello) => Hello;
  readonly isGreeted: (peer: PeerId) => boolean;
}

/** What this node answers to others. Each is bounded by count and by bytes, and cut short rather than over. [SYNC-17] */
export interface Serving {
  hello(peer: PeerId, hello: Hello): Hello;
  headers(peer: PeerId, request: HeadersRequest): HeadersAnswer;
  blocks(peer: PeerId, request: HashesRequest): BlocksAnswer;
  bodies(peer: PeerId, request: HashesRequest): BodiesAnswer;
  stateRange(peer: PeerId, request: StateRangeRequest): StateRangeAnswer;
  codes(peer: PeerId, request: HashesRequest): CodesAnswer;
}

export function createServing(options: ServingOptions): Serving {
  const { chain, states, view, guard } = options;
  /** [SYNC-18] */
  const admit = (peer: PeerId, bucket: string, tokens: number): void => {
    if (!options.isGreeted(peer)) throw syncErrors.PEER_NOT_GREETED({ peer });
    spend(guard, peer, bucket, tokens);
  };
  const read = <T>(
    hashes: readonly Hash[],
    get: (hash: Hash) => T | undefined,
    sizeOf: (value: T) => number,
  ) => readWithin(hashes.slice(0, SERVING_LIMITS.hashesMax), get, sizeOf);
  return {
    hello(peer, hello) {
      spend(guard, peer, "hello", 1);
      return options.greet(peer, hello);
    },
    headers(peer, { locator, countMax }) {
      const count = Math.min(countMax, SERVING_LIMITS.headersMax);
      admit(peer, "headers", count);
      const found = chain.headersAfter(locator, count);
      if (found === undefined) throw syncErrors.LOCATOR_UNKNOWN({ peer, hashes: locator.length });
      return found;
    },
    blocks(peer, { hashes }) {
      admit(peer, "blocks", hashes.length);
      return { blocks: read(hashes, (hash) => view.block(hash), sizeOfBlock) };
    },
    bodies(peer, { hashes }) {
      admit(peer, "bodies", hashes.length);
      return { bodies: read(hashes, (hash) => view.block(hash)?.body, sizeOfBody) };
    },
    stateRange(peer, { block, owner, from, bytesMax }) {
      const bytes = Math.min(bytesMax, SERVING_LIMITS.answerBytes);
      admit(peer, "stateRange", bytes);
      return states.stateRange(block, owner, from, bytes);
    },
    codes(peer, { hashes }) {
      admit(peer, "codes", hashes.length);
      return {
        codes: read(
          hashes,
          (hash) => states.code(hash),
          ({ length }) => length,
        ),
      };
    },
  };
}

function spend(guard: PeerGuard, peer: PeerId, bucket: string, tokens: number): void {
  if (!guard.spend(peer, bucket, tokens)) throw syncErrors.PEER_OVER_LIMIT({ peer, bucket, tokens });
}

/** In order, as far as the answer's bytes reach; the first always, or nobody could ever have it. */
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

function sizeOfBlock({ body }: Block): number {
  return HEADER_LIMITS.bytesMax + sizeOfBody(body);
}

function sizeOfBody({ transactions }: Body): number {
  return transactions.reduce(
    (sum, { encoded }) => sum + encoded.length + RLP_PREFIX_BYTES,
    LIST_PREFIX_BYTES,
  );
}

/** Of an envelope up to 16 MiB long. */
const RLP_PREFIX_BYTES = 4;
/** Of a body's two lists. */
const LIST_PREFIX_BYTES = 8;
