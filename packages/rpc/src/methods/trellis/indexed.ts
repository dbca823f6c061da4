import { type Hex, quantityToHex } from "@trellis/base";
import type {
  EvidenceItem,
  HistoryItem,
  IndexView,
  MinedItem,
  Page,
  PageRequest,
  SearchHit,
  TokenItem,
  TopicItem,
  TransferItem,
} from "@trellis/indexer";
import type { Awaitable } from "@trellis/protocol";
import { text } from "../../decoding/Decoder.ts";
import { address, hash } from "../../decoding/hex.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { indexOf } from "../../shards/messageRecords.ts";
import { defineMethod, defineScan, type Method, optional, required } from "../Method.ts";
import type { Parameter } from "../MethodDeclaration.ts";
import { encodePage, pageParameter } from "./page.ts";

interface PagesDefinition<T> extends Pick<Method, "name" | "summary"> {
  readonly of: Parameter<Hex>;
  readonly read: (index: IndexView, of: Hex, request: PageRequest) => Page<T>;
  readonly encode: (item: T) => object;
}

function pagesOf<T>({ name, summary, of, read, encode }: PagesDefinition<T>): Method {
  return defineScan({
    name,
    summary,
    params: [of, pageParameter],
    handle: (node, [subject, request]) => encodePage(read(indexOf(node), subject, request), encode),
  });
}

const methods = [
  defineMethod({
    name: "trellis_getIndexStatus",
    summary:
      "Returns the progress of the index of accounts, tokens and topics; null on a node without an index.",
    handle({ index }) {
      if (index === undefined) return null;
      const { from, number, headNumber, failure } = index.status();
      return {
        from: quantityToHex(from),
        number: number < 0 ? null : quantityToHex(number),
        head: quantityToHex(headNumber),
        failure: failure ?? null,
      };
    },
  }),
  pagesOf({
    name: "trellis_getAddressHistory",
    summary: "Returns the transactions of an account with its roles in them, newest first.",
    of: required("address", address),
    read: (index, of, request) => index.history(of, request),
    encode: encodeHistory,
  }),
  pagesOf({
    name: "trellis_getAddressTransfers",
    summary: "Returns token transfers from and to an account, newest first.",
    of: required("address", address),
    read: (index, of, request) => index.accountTransfers(of, request),
    encode: encodeTransfer,
  }),
  pagesOf({
    name: "trellis_getAddressTokens",
    summary:
      "Returns the tokens that an account has sent or received; read balances from the token contracts.",
    of: required("address", address),
    read: (index, of, request) => index.holdings(of, request),
    encode: encodeToken,
  }),
  pagesOf({
    name: "trellis_getMinedBlocks",
    summary: "Returns the merged blocks of a miner, newest first.",
    of: required("address", address),
    read: (index, of, request) => index.mined(of, request),
    encode: encodeMined,
  }),
  defineScan({
    name: "trellis_getTokens",
    summary: "Returns the tokens with transfers, by address, with the metadata that they report, unverified.",
    params: [pageParameter],
    handle: (node, [request]) => encodePage(indexOf(node).tokens(request), encodeToken),
  }),
  defineMethod({
    name: "trellis_getToken",
    summary: "Returns the metadata that a token reports; null without transfers.",
    params: [required("address", address)],
    handle(node, [token]) {
      const found = indexOf(node).token(token);
      return found === undefined ? null : encodeToken(found);
    },
  }),
  pagesOf({
    name: "trellis_getTokenTransfers",
    summary: "Returns the transfers of a token, newest first.",
    of: required("address", address),
    read: (index, of, request) => index.tokenTransfers(of, request),
    encode: encodeTransfer,
  }),
  defineScan({
    name: "trellis_getLogsByTopic",
    summary: "Returns logs with a topic at any position, newest first; optionally of one contract.",
    params: [required("topic", hash), pageParameter, optional("emitter", address)],
    handle: (node, [topic, request, emitter]) =>
      encodePage(indexOf(node).logs(topic, request, emitter), encodeTopic),
  }),
  defineScan({
    name: "trellis_getEvidence",
    summary:
      "Returns evidence of equivocations in blocks, newest first; the Staking contract decides whether it counted.",
    params: [pageParameter],
    handle: (node, [request]) => encodePage(indexOf(node).evidence(request), encodeEvidence),
  }),
  defineScan({
    name: "trellis_search",
    summary:
      "Searches for blocks by number or hash, transactions (also pending), accounts, topics and tokens by name.",
    params: [required("text", text)],
    handle(node, [wanted]) {
      const isPending = (transaction: Hex): boolean => node.pool.get(transaction) !== undefined;
      return indexOf(node).search(wanted, isPending).map(encodeHit);
    },
  }),
];

export const indexMethods = methods.map(afterIndexing);

/** Reads see all blocks, also those that the index has deferred. */
function afterIndexing(method: Method): Method {
  if (method.lane === "read") return method;
  const read = method.handle as (node: RpcNode, ...rest: unknown[]) => Awaitable<unknown>;
  const handle = (node: RpcNode, ...rest: unknown[]): Awaitable<unknown> => {
    const behind = node.index?.caughtUp();
    return behind === undefined ? read(node, ...rest) : behind.then(() => read(node, ...rest));
  };
  return { ...method, handle } as Method;
}

function encodeHistory({ blockNumber, transactionIndex, transactionHash, roles }: HistoryItem): object {
  return {
    blockNumber: quantityToHex(blockNumber),
    transactionIndex: quantityToHex(transactionIndex),
    transactionHash,
    roles,
  };
}

function encodeTransfer({ blockNumber, logIndex, amount, tokenId, ...rest }: TransferItem): object {
  return {
    blockNumber: quantityToHex(blockNumber),
    logIndex: quantityToHex(logIndex),
    ...rest,
    amount: quantityToHex(BigInt(amount)),
    tokenId: tokenId === undefined ? null : quantityToHex(BigInt(tokenId)),
  };
}

function encodeToken({ address: token, standard, name, symbol, decimals, firstBlock }: TokenItem): object {
  return {
    address: token,
    standard,
    name: name ?? null,
    symbol: symbol ?? null,
    decimals: decimals ?? null,
    firstBlock: quantityToHex(firstBlock),
  };
}

function encodeTopic({ blockNumber, logIndex, position, ...rest }: TopicItem): object {
  return { blockNumber: quantityToHex(blockNumber), logIndex: quantityToHex(logIndex), position, ...rest };
}

function encodeMined({ block, blockNumber, timestampMs }: MinedItem): object {
  return { block, mergedIn: quantityToHex(blockNumber), timestampMs: quantityToHex(timestampMs) };
}

function encodeEvidence({ blockNumber, ...rest }: EvidenceItem): object {
  return { blockNumber: quantityToHex(blockNumber), ...rest };
}

function encodeHit(hit: SearchHit): object {
  if (hit.kind === "block") {
    return { ...hit, number: hit.number === undefined ? null : quantityToHex(hit.number) };
  }
  if (hit.kind === "token") return { ...hit, name: hit.name ?? null, symbol: hit.symbol ?? null };
  return hit;
}
