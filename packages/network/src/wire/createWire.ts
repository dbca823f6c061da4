import type { BodyLimits, NetworkParameters, OutboxRequest } from "@trellis/protocol";
import type { TransportProtocol } from "../transport/Transport.ts";
import type { Codec } from "./Codec.ts";
import {
  createBlockTransactionsAnswerCodec,
  createBlockTransactionsRequestCodec,
} from "./codecs/blockTransactionsCodecs.ts";
import {
  codesAnswerCodec,
  createBlocksAnswerCodec,
  createBodiesAnswerCodec,
  createTransactionsAnswerCodec,
} from "./codecs/bulkCodecs.ts";
import { type CompactBlockCodec, createCompactBlockCodec } from "./codecs/compactBlockCodec.ts";
import {
  certificatesAnswerCodec,
  certificatesRequestCodec,
  finalityMessageCodec,
} from "./codecs/finalityCodecs.ts";
import { createHashesCodec } from "./codecs/hashesCodec.ts";
import { headersAnswerCodec, headersRequestCodec } from "./codecs/headersCodecs.ts";
import { helloCodec } from "./codecs/helloCodec.ts";
import { outboxAnswerCodec, outboxRequestCodec } from "./codecs/outboxCodecs.ts";
import { pastAnswerCodec, pastRequestCodec } from "./codecs/pastCodecs.ts";
import { followedShardsCodec, shardsRequestCodec } from "./codecs/shardsCodecs.ts";
import { stateRangeAnswerCodec, stateRangeRequestCodec } from "./codecs/stateCodecs.ts";
import { tracesCodec } from "./codecs/tracesCodec.ts";
import {
  createTransactionsBatchCodec,
  pooledAnswerCodec,
  pooledRequestCodec,
} from "./codecs/transactionsCodecs.ts";
import { FRAME_BYTES, unpackedSize } from "./frame.ts";
import { BYTE_LIMITS, COUNT_LIMITS, TIME_LIMITS, TOKEN_BYTES } from "./limits.ts";
import type {
  BlocksAnswer,
  BlockTransactionsAnswer,
  BlockTransactionsRequest,
  BodiesAnswer,
  CertificatesAnswer,
  CertificatesRequest,
  CodesAnswer,
  CompactBlock,
  FinalityMessage,
  FollowedShards,
  HashesRequest,
  HeadersAnswer,
  HeadersRequest,
  Hello,
  NoFields,
  OutboxAnswer,
  PastAnswer,
  PastRequest,
  PooledAnswer,
  PooledRequest,
  StateRangeAnswer,
  StateRangeRequest,
  Traces,
  TransactionsAnswer,
  TransactionsBatch,
} from "./messages.ts";

export interface WireProtocol<Request, Answer> extends TransportProtocol {
  readonly name: string;
  readonly request: Codec<Request>;
  readonly answer: Codec<Answer>;
  readonly answerBytesMax: number;
  readonly timeoutMs: number;
  cost(request: Request): number;
}

interface WireTopic<Message, MessageCodec extends Codec<Message> = Codec<Message>> {
  readonly id: string;
  readonly name: string;
  readonly codec: MessageCodec;
  readonly bytesMax: number;
  /** In tokens, by uncompressed size: 200 bytes can decompress to several MiB. */
  cost(message: Uint8Array): number;
}

export interface Wire {
  readonly protocols: {
    readonly hello: WireProtocol<Hello, Hello>;
    readonly headers: WireProtocol<HeadersRequest, HeadersAnswer>;
    readonly past: WireProtocol<PastRequest, PastAnswer>;
    readonly blocks: WireProtocol<HashesRequest, BlocksAnswer>;
    readonly bodies: WireProtocol<HashesRequest, BodiesAnswer>;
    readonly transactions: WireProtocol<HashesRequest, TransactionsAnswer>;
    readonly blockTransactions: WireProtocol<BlockTransactionsRequest, BlockTransactionsAnswer>;
    readonly pooled: WireProtocol<PooledRequest, PooledAnswer>;
    readonly stateRange: WireProtocol<StateRangeRequest, StateRangeAnswer>;
    readonly codes: WireProtocol<HashesRequest, CodesAnswer>;
    readonly certificates: WireProtocol<CertificatesRequest, CertificatesAnswer>;
    readonly outbox: WireProtocol<OutboxRequest, OutboxAnswer>;
    readonly shards: WireProtocol<NoFields, FollowedShards>;
  };
  readonly topics: {
    readonly blocks: WireTopic<CompactBlock, CompactBlockCodec>;
    readonly transactions: WireTopic<TransactionsBatch>;
    readonly finality: WireTopic<FinalityMessage>;
    readonly traces: WireTopic<Traces>;
  };
}

type WireParameters = Pick<NetworkParameters, "chainId"> & BodyLimits;

const VERSIONS: Readonly<Record<string, number>> = { hello: 3, finality: 2 };

const ITEM_TOKENS = {
  header: 1 / 4,
  /** The first page of a checkpoint is found in about 30 ms. */
  past: 256,
  block: 4,
  body: 4,
  transaction: 1 / 8,
  hash: 1 / 64,
  code: 2,
  certificate: 1 / 8,
  /** The state is opened in about 1 ms, and a head proven in 0.1 ms. */
  outbox: 16,
  message: 1,
} as const;

/** [NET-1] [NET-2] [NET-5] [NET-6] */
export function createWire(parameters: WireParameters): Wire {
  return { protocols: createProtocols(parameters), topics: createTopics(parameters) };
}

function createProtocols(parameters: WireParameters): Wire["protocols"] {
  const { chainId } = parameters;
  const { blocks, bodies, transactions } = COUNT_LIMITS;
  const { bulkMs, smallMs } = TIME_LIMITS;
  return {
    hello: createProtocol(chainId, "hello", {
      timeoutMs: smallMs,
      request: helloCodec,
      answer: helloCodec,
      itemTokens: () => 0,
    }),
    headers: createProtocol(chainId, "headers", {
      timeoutMs: bulkMs,
      request: headersRequestCodec,
      answer: headersAnswerCodec,
      itemTokens: ({ countMax }) => countMax * ITEM_TOKENS.header,
    }),
    past: createProtocol(chainId, "past", {
      timeoutMs: bulkMs,
      request: pastRequestCodec,
      answer: pastAnswerCodec,
      itemTokens: ({ countMax }) => ITEM_TOKENS.past + countMax * ITEM_TOKENS.header,
    }),
    blocks: createProtocol(chainId, "blocks", {
      timeoutMs: bulkMs,
      request: createHashesCodec("blocks request", blocks),
      answer: createBlocksAnswerCodec(parameters),
      itemTokens: ({ hashes }) => hashes.length * ITEM_TOKENS.block,
    }),
    bodies: createProtocol(chainId, "bodies", {
      timeoutMs: bulkMs,
      request: createHashesCodec("bodies request", bodies),
      answer: createBodiesAnswerCodec(parameters),
      itemTokens: ({ hashes }) => hashes.length * ITEM_TOKENS.body,
    }),
    transactions: createProtocol(chainId, "transactions", {
      timeoutMs: smallMs,
      request: createHashesCodec("transactions request", transactions),
      answer: createTransactionsAnswerCodec(parameters),
      itemTokens: ({ hashes }) => hashes.length * ITEM_TOKENS.transaction,
    }),
    blockTransactions: createProtocol(chainId, "block-transactions", {
      timeoutMs: smallMs,
      request: createBlockTransactionsRequestCodec(parameters),
      answer: createBlockTransactionsAnswerCodec(parameters),
      itemTokens: ({ indexes }) => indexes.length * ITEM_TOKENS.transaction,
    }),
    pooled: createProtocol(chainId, "pooled", {
      timeoutMs: smallMs,
      request: pooledRequestCodec,
      answer: pooledAnswerCodec,
      itemTokens: ({ countMax }) => countMax * ITEM_TOKENS.hash,
    }),
    certificates: createProtocol(chainId, "certificates", {
      timeoutMs: smallMs,
      request: certificatesRequestCodec,
      answer: certificatesAnswerCodec,
      itemTokens: ({ countMax }) => countMax * ITEM_TOKENS.certificate,
    }),
    ...createStateProtocols(parameters),
    ...createShardProtocols(parameters),
  };
}

function createStateProtocols({ chainId }: WireParameters): Pick<Wire["protocols"], "stateRange" | "codes"> {
  const { bulkMs } = TIME_LIMITS;
  return {
    stateRange: createProtocol(chainId, "state-range", {
      timeoutMs: bulkMs,
      request: stateRangeRequestCodec,
      answer: stateRangeAnswerCodec,
      itemTokens: ({ bytesMax }) => bytesMax / TOKEN_BYTES,
    }),
    codes: createProtocol(chainId, "codes", {
      timeoutMs: bulkMs,
      request: createHashesCodec("codes request", COUNT_LIMITS.codes),
      answer: codesAnswerCodec,
      itemTokens: ({ hashes }) => hashes.length * ITEM_TOKENS.code,
    }),
  };
}

function createShardProtocols({ chainId }: WireParameters): Pick<Wire["protocols"], "outbox" | "shards"> {
  const { smallMs } = TIME_LIMITS;
  return {
    outbox: createProtocol(chainId, "outbox", {
      timeoutMs: smallMs,
      request: outboxRequestCodec,
      answer: outboxAnswerCodec,
      itemTokens: ({ countMax }) => ITEM_TOKENS.outbox + countMax * ITEM_TOKENS.message,
    }),
    shards: createProtocol(chainId, "shards", {
      timeoutMs: smallMs,
      request: shardsRequestCodec,
      answer: followedShardsCodec,
      itemTokens: () => BYTE_LIMITS.shardsAnswer / TOKEN_BYTES,
    }),
  };
}

function createTopics(parameters: WireParameters): Wire["topics"] {
  const { chainId } = parameters;
  return {
    blocks: createTopic(chainId, "blocks", createCompactBlockCodec(parameters)),
    transactions: createTopic(chainId, "transactions", createTransactionsBatchCodec(parameters)),
    finality: createTopic(chainId, "finality", finalityMessageCodec),
    traces: createTopic(chainId, "traces", tracesCodec),
  };
}

interface ProtocolOptions<Request, Answer> {
  readonly timeoutMs: number;
  readonly request: Codec<Request>;
  readonly answer: Codec<Answer>;
  readonly itemTokens: (request: Request) => number;
}

function createProtocol<Request, Answer>(
  chainId: bigint,
  name: string,
  { timeoutMs, request, answer, itemTokens }: ProtocolOptions<Request, Answer>,
): WireProtocol<Request, Answer> {
  return {
    id: idOf(chainId, name),
    name,
    request,
    answer,
    requestBytesMax: request.bytesMax + FRAME_BYTES,
    answerBytesMax: answer.bytesMax + FRAME_BYTES,
    timeoutMs,
    cost: (value) => 1 + Math.ceil(itemTokens(value)),
  };
}

function createTopic<Message, MessageCodec extends Codec<Message>>(
  chainId: bigint,
  name: string,
  codec: MessageCodec & Codec<Message>,
): WireTopic<Message, MessageCodec> {
  return {
    id: idOf(chainId, name),
    name,
    codec,
    bytesMax: codec.bytesMax + FRAME_BYTES,
    cost: (message) => 1 + Math.ceil(unpackedSize(message, codec.bytesMax) / TOKEN_BYTES),
  };
}

function idOf(chainId: bigint, name: string): string {
  return `/trellis/${chainId}/${name}/${VERSIONS[name] ?? 1}`;
}
