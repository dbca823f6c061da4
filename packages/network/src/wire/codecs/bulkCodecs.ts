import {
  type BodyLimits,
  decodeBlock,
  decodeBody,
  encodeBlock,
  encodeBody,
  HEADER_LIMITS,
} from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { copyBytes, optionalBytes, readItems, readOptional } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS, SIZE_LIMITS } from "../limits.ts";
import type { BlocksAnswer, BodiesAnswer, CodesAnswer, TransactionsAnswer } from "../messages.ts";

export const ENVELOPE_BYTES = 32;

export function blockBytesMax({ bodyBytesMax }: BodyLimits): number {
  return HEADER_LIMITS.bytesMax + bodyBytesMax + ENVELOPE_BYTES;
}

/** [NET-10] */
export function createBlocksAnswerCodec(limits: BodyLimits): Codec<BlocksAnswer> {
  const itemBytesMax = blockBytesMax(limits);
  const bytesMax = Math.max(BYTE_LIMITS.bulkAnswer, itemBytesMax + ENVELOPE_BYTES);
  return createCodec("blocks answer", bytesMax, {
    write: ({ blocks }) => [blocks.map((block) => optionalBytes(block, encodeBlock))],
    read: (fields) => ({
      blocks: readItems(fields, "blocks", COUNT_LIMITS.blocks, (list) =>
        readOptional(list, "block", itemBytesMax, (bytes) => decodeBlock(bytes, limits)),
      ),
    }),
  });
}

export function createBodiesAnswerCodec(limits: BodyLimits): Codec<BodiesAnswer> {
  const bytesMax = Math.max(BYTE_LIMITS.bulkAnswer, limits.bodyBytesMax + ENVELOPE_BYTES);
  return createCodec("bodies answer", bytesMax, {
    write: ({ bodies }) => [bodies.map((body) => optionalBytes(body, encodeBody))],
    read: (fields) => ({
      bodies: readItems(fields, "bodies", COUNT_LIMITS.bodies, (list) =>
        readOptional(list, "body", limits.bodyBytesMax, (bytes) => decodeBody(bytes, limits)),
      ),
    }),
  });
}

/** [NET-11] */
export function createTransactionsAnswerCodec({
  transactionBytesMax,
}: BodyLimits): Codec<TransactionsAnswer> {
  const bytesMax = Math.max(BYTE_LIMITS.transactionsAnswer, transactionBytesMax + ENVELOPE_BYTES);
  return createCodec("transactions answer", bytesMax, {
    write: ({ transactions }) => [transactions.map((envelope) => optionalBytes(envelope, (bytes) => bytes))],
    read: (fields) => ({
      transactions: readItems(fields, "transactions", COUNT_LIMITS.transactions, (list) =>
        readOptional(list, "transaction", transactionBytesMax, copyBytes),
      ),
    }),
  });
}

/** [NET-15] */
export const codesAnswerCodec: Codec<CodesAnswer> = createCodec("codes answer", BYTE_LIMITS.bulkAnswer, {
  write: ({ codes }) => [codes.map((code) => optionalBytes(code, (bytes) => bytes))],
  read: (fields) => ({
    codes: readItems(fields, "codes", COUNT_LIMITS.codes, (list) =>
      readOptional(list, "code", SIZE_LIMITS.code, copyBytes),
    ),
  }),
});
