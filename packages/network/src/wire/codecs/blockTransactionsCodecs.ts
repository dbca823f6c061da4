import type { BodyLimits, RlpReader } from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { wireErrors } from "../errors.ts";
import { copyBytes, readItems } from "../fields.ts";
import type { BlockTransactionsAnswer, BlockTransactionsRequest } from "../messages.ts";
import { ENVELOPE_BYTES } from "./bulkCodecs.ts";
import { entriesMax } from "./compactBlockCodec.ts";
import { readEnvelope } from "./transactionsCodecs.ts";

const INDEX_BYTES_MAX = 4;
const HASH_BYTES = 33;

/** [NET-13] */
export function createBlockTransactionsRequestCodec(limits: BodyLimits): Codec<BlockTransactionsRequest> {
  const countMax = entriesMax(limits);
  const bytesMax = countMax * INDEX_BYTES_MAX + HASH_BYTES + ENVELOPE_BYTES;
  return createCodec("block transactions request", bytesMax, {
    write: ({ block, indexes }) => [block, indexes],
    read: (fields) => ({
      block: fields.readHash("block"),
      indexes: readIndexes(fields, countMax),
    }),
  });
}

function readIndexes(fields: RlpReader, countMax: number): number[] {
  let last = -1;
  return readItems(fields, "indexes", countMax, (list) => {
    const index = list.readNumber("index", countMax - 1);
    if (index <= last) throw wireErrors.MESSAGE_MALFORMED({ field: "indexes", reason: "not ascending" });
    last = index;
    return index;
  });
}

export function createBlockTransactionsAnswerCodec(limits: BodyLimits): Codec<BlockTransactionsAnswer> {
  const bytesMax = limits.bodyBytesMax + ENVELOPE_BYTES;
  return createCodec("block transactions answer", bytesMax, {
    write: ({ transactions }) => [transactions],
    read: (fields) => ({
      transactions: readItems(fields, "transactions", entriesMax(limits), (list) =>
        copyBytes(readEnvelope(list, limits.transactionBytesMax)),
      ),
    }),
  });
}
