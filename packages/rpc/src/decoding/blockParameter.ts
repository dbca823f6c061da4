import type { Hash } from "@trellis/protocol";
import { asObject, boolean, type Decoder, malformed, optionalField } from "./Decoder.ts";
import { hash, index } from "./hex.ts";

const BLOCK_TAGS = ["latest", "pending", "safe", "finalized", "earliest"] as const;
export type BlockTag = (typeof BLOCK_TAGS)[number];

export type BlockNumberOrTag = number | BlockTag;

export type BlockParameter =
  | BlockNumberOrTag
  | { readonly blockHash: Hash; readonly requireCanonical: boolean };

const TAGS: ReadonlySet<unknown> = new Set(BLOCK_TAGS);
const TAG_SCHEMA = { enum: BLOCK_TAGS };

export const blockNumberOrTag: Decoder<BlockNumberOrTag> = {
  schema: { oneOf: [index.schema, TAG_SCHEMA] },
  decode: (value) => (TAGS.has(value) ? (value as BlockTag) : index.decode(value)),
};

const HASH_TEXT_LENGTH = 66;

/** EIP-1898 objects and, like geth, bare hashes. */
export const blockParameter: Decoder<BlockParameter> = {
  schema: {
    oneOf: [
      index.schema,
      TAG_SCHEMA,
      hash.schema,
      { type: "object", properties: { blockHash: hash.schema, requireCanonical: boolean.schema } },
      { type: "object", properties: { blockNumber: { oneOf: [index.schema, TAG_SCHEMA] } } },
    ],
  },
  decode(value) {
    if (typeof value === "string" && value.length === HASH_TEXT_LENGTH) {
      return { blockHash: hash.decode(value), requireCanonical: false };
    }
    if (typeof value === "string") return blockNumberOrTag.decode(value);
    const object = asObject(value, "block");
    const blockHash = optionalField(object, "blockHash", hash);
    const blockNumber = optionalField(object, "blockNumber", blockNumberOrTag);
    if (blockHash !== undefined && blockNumber !== undefined) {
      malformed("cannot specify both BlockHash and BlockNumber, choose one or the other");
    }
    if (blockNumber !== undefined) return blockNumber;
    if (blockHash === undefined) malformed("neither blockHash nor blockNumber is given");
    return { blockHash, requireCanonical: optionalField(object, "requireCanonical", boolean) ?? false };
  },
};
