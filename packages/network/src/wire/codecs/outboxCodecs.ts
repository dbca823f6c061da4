import {
  decodeOutboxRange,
  encodeOutboxRange,
  OUTBOX_RANGE_BYTES_MAX,
  OUTBOX_RANGE_LIMITS,
  type OutboxRequest,
  SHARD_NUMBER_MAX,
} from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { optionalBytes, readCount, readOptional } from "../fields.ts";
import { BYTE_LIMITS } from "../limits.ts";
import type { OutboxAnswer } from "../messages.ts";

/** [NET-31] */
export const outboxRequestCodec: Codec<OutboxRequest> = createCodec(
  "outbox request",
  BYTE_LIMITS.outboxRequest,
  {
    write: ({ source, destination, block, first, countMax }) => [source, destination, block, first, countMax],
    read: (fields) => ({
      source: fields.readNumber("source", SHARD_NUMBER_MAX),
      destination: fields.readNumber("destination", SHARD_NUMBER_MAX),
      block: fields.readHash("block"),
      first: fields.readNumber("first"),
      countMax: readCount(fields, "countMax", OUTBOX_RANGE_LIMITS.messagesMax),
    }),
  },
);

export const outboxAnswerCodec: Codec<OutboxAnswer> = createCodec("outbox answer", BYTE_LIMITS.outboxAnswer, {
  write: ({ range }) => [optionalBytes(range, encodeOutboxRange)],
  read: (fields) => ({ range: readOptional(fields, "range", OUTBOX_RANGE_BYTES_MAX, decodeOutboxRange) }),
});
