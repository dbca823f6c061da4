import { keccak256Hex } from "@trellis/crypto";
import {
  type BodyLimits,
  decodeHeader,
  encodeHeader,
  type Hash,
  HEADER_LIMITS,
  listFields,
  type RlpReader,
  readBodyLists,
} from "@trellis/protocol";
import { type Codec, createCodec, readPayload } from "../Codec.ts";
import { wireErrors } from "../errors.ts";
import { readItems } from "../fields.ts";
import { unframe } from "../frame.ts";
import { TRANSACTION_BYTES_MIN } from "../limits.ts";
import type { CompactBlock } from "../messages.ts";
import { SHORT_ID_BYTES } from "../shortId.ts";
import { blockBytesMax } from "./bulkCodecs.ts";

interface UnreadCompactBlock {
  readonly hash: Hash;
  /** @throws MESSAGE_MALFORMED */
  read(): CompactBlock;
}

export interface CompactBlockCodec extends Codec<CompactBlock> {
  /** Decodes only the hash: most compact blocks are duplicates. @throws MESSAGE_MALFORMED */
  open(message: Uint8Array): UnreadCompactBlock;
}

const NAME = "compact block";

export function entriesMax({ bodyBytesMax }: BodyLimits): number {
  return Math.ceil(bodyBytesMax / TRANSACTION_BYTES_MIN);
}

export function createCompactBlockCodec(limits: BodyLimits): CompactBlockCodec {
  // An entry is at most as long as its transaction.
  const bytesMax = blockBytesMax(limits);
  const read = (fields: RlpReader): CompactBlock => {
    const header = decodeHeader(readHeaderBytes(fields));
    const entries = readItems(fields, "entries", entriesMax(limits), (list) => readEntry(list, limits));
    return { header, entries, ...readBodyLists(fields) };
  };
  const codec = createCodec(NAME, bytesMax, {
    write: ({ header, entries, ...lists }) => [encodeHeader(header), entries, ...listFields(lists)],
    read,
  });
  return {
    ...codec,
    open(message) {
      const payload = unframe(message, bytesMax);
      return { hash: readHash(payload), read: () => readPayload(NAME, payload, read) };
    },
  };
}

function readHash(payload: Uint8Array): Hash {
  let hash: Hash | undefined;
  readPayload(NAME, payload, (fields) => {
    hash = keccak256Hex(readHeaderBytes(fields));
    fields.readList("entries");
    fields.readList("certificates");
    fields.readList("evidence");
    if (fields.isDone) return;
    fields.readList("batches");
    fields.readList("cross-links");
  });
  return hash!;
}

function readHeaderBytes(fields: RlpReader): Uint8Array {
  return fields.readBytes("header", HEADER_LIMITS.bytesMax);
}

function readEntry(list: RlpReader, { transactionBytesMax }: BodyLimits): Uint8Array {
  const bytes = list.readBytes("entry", transactionBytesMax);
  if (bytes.length !== SHORT_ID_BYTES && bytes.length < TRANSACTION_BYTES_MIN) {
    throw wireErrors.MESSAGE_MALFORMED({ field: "entry", reason: "neither short id nor transaction" });
  }
  return bytes;
}
