import { hexToBytes } from "@trellis/base";
import {
  decodeHeader,
  encodeHeader,
  HEADER_LIMITS,
  type PastBlock,
  type RlpInput,
  type RlpReader,
  type TrustedPlace,
} from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { optionalBytes, readCount, readFlag, readItems, readOptionalHash } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS } from "../limits.ts";
import type { PastAnswer, PastRequest } from "../messages.ts";

const BITS_MAX = 0xffffffff;

/** [NET-30] */
export const pastRequestCodec: Codec<PastRequest> = createCodec("past request", BYTE_LIMITS.pastRequest, {
  write: ({ checkpoint, after, countMax }) => [checkpoint, optionalBytes(after, hexToBytes), countMax],
  read: (fields) => ({
    checkpoint: fields.readHash("checkpoint"),
    after: readOptionalHash(fields, "after"),
    countMax: readCount(fields, "countMax", COUNT_LIMITS.pastBlocks),
  }),
});

export const pastAnswerCodec: Codec<PastAnswer> = createCodec("past answer", BYTE_LIMITS.pastAnswer, {
  write: ({ blocks, isEnd }) => [blocks.map(writeBlock), isEnd ? 1 : 0],
  read: (fields) => ({
    blocks: readItems(fields, "blocks", COUNT_LIMITS.pastBlocks, readBlock),
    isEnd: readFlag(fields, "isEnd"),
  }),
});

function writeBlock({ header, place }: PastBlock): RlpInput {
  return [
    encodeHeader(header),
    place === undefined ? [] : [[...place.daaCounts], [...place.bitsOfStreams], [...place.blues]],
  ];
}

function readBlock(list: RlpReader): PastBlock {
  const block = list.readList("block");
  const header = decodeHeader(block.readBytes("header", HEADER_LIMITS.bytesMax));
  const fields = block.readList("place");
  const place = fields.isDone ? undefined : readPlace(fields);
  fields.finish("place");
  block.finish("block");
  return { header, place };
}

function readPlace(fields: RlpReader): TrustedPlace {
  const { streams, merged } = COUNT_LIMITS;
  return {
    daaCounts: readItems(fields, "daaCounts", streams, (list) => list.readNumber("count")),
    bitsOfStreams: readItems(fields, "bitsOfStreams", streams, (list) => list.readNumber("bits", BITS_MAX)),
    blues: readItems(fields, "blues", merged, (list) => list.readNumber("position", merged)),
  };
}
