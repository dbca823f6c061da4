import type { BodyLimits, RlpReader } from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { wireErrors } from "../errors.ts";
import { copyBytes, readCount, readHashes, readItems } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS } from "../limits.ts";
import type { PooledAnswer, PooledRequest, TransactionsBatch } from "../messages.ts";
import { ENVELOPE_BYTES } from "./bulkCodecs.ts";

/** [NET-12] */
export const pooledRequestCodec: Codec<PooledRequest> = createCodec("pooled request", BYTE_LIMITS.hello, {
  write: ({ countMax }) => [countMax],
  read: (fields) => ({ countMax: readCount(fields, "countMax", COUNT_LIMITS.pooled) }),
});

export const pooledAnswerCodec: Codec<PooledAnswer> = createCodec("pooled answer", BYTE_LIMITS.pooledAnswer, {
  write: ({ hashes }) => [hashes],
  read: (fields) => ({ hashes: readHashes(fields, "hashes", COUNT_LIMITS.pooled) }),
});

/** [NET-17] */
export function createTransactionsBatchCodec({ transactionBytesMax }: BodyLimits): Codec<TransactionsBatch> {
  const bytesMax = Math.max(BYTE_LIMITS.transactionsBatch, transactionBytesMax + ENVELOPE_BYTES);
  return createCodec("transactions batch", bytesMax, {
    write: ({ transactions }) => [transactions],
    read: (fields) => ({
      transactions: readItems(fields, "transactions", COUNT_LIMITS.transactions, (list) =>
        copyBytes(readEnvelope(list, transactionBytesMax)),
      ),
    }),
  });
}

export function readEnvelope(list: RlpReader, bytesMax: number): Uint8Array {
  const bytes = list.readBytes("transaction", bytesMax);
  if (bytes.length === 0) throw wireErrors.MESSAGE_MALFORMED({ field: "transaction", reason: "no bytes" });
  return bytes;
}
