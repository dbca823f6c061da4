import { decodeHeader, encodeHeader, HEADER_LIMITS } from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { readCount, readFlag, readHashes, readItems } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS } from "../limits.ts";
import type { HeadersAnswer, HeadersRequest } from "../messages.ts";

/** [NET-8] */
export const headersRequestCodec: Codec<HeadersRequest> = createCodec("headers request", BYTE_LIMITS.hashes, {
  write: ({ locator, countMax }) => [locator, countMax],
  read: (fields) => ({
    locator: readHashes(fields, "locator", COUNT_LIMITS.locator),
    countMax: readCount(fields, "countMax", COUNT_LIMITS.headersPerRequest),
  }),
});

export const headersAnswerCodec: Codec<HeadersAnswer> = createCodec(
  "headers answer",
  BYTE_LIMITS.headersAnswer,
  {
    write: ({ from, headers, isEnd }) => [from, headers.map(encodeHeader), isEnd ? 1 : 0],
    read: (fields) => ({
      from: fields.readHash("from"),
      headers: readItems(fields, "headers", COUNT_LIMITS.headersPerAnswer, (list) =>
        decodeHeader(list.readBytes("header", HEADER_LIMITS.bytesMax)),
      ),
      isEnd: readFlag(fields, "isEnd"),
    }),
  },
);
