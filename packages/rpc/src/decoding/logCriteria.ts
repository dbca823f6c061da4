import { type Address, bloomBits, type Hash } from "@trellis/protocol";
import { type BlockNumberOrTag, blockNumberOrTag } from "./blockParameter.ts";
import { asObject, type Decoder, fieldOf, type JsonObject, malformed, optionalField } from "./Decoder.ts";
import { address, hash } from "./hex.ts";

/** Empty `addresses` and undefined topics match anything. */
export interface LogMatch {
  readonly addresses: ReadonlySet<Address>;
  readonly topics: readonly (ReadonlySet<Hash> | undefined)[];
  /** A bloom filter must contain the bits of at least one value per entry. */
  readonly bits: readonly Uint16Array[];
}

export interface LogCriteria extends LogMatch {
  readonly blockHash: Hash | undefined;
  readonly fromBlock: BlockNumberOrTag | undefined;
  readonly toBlock: BlockNumberOrTag | undefined;
}

const TOPICS_MAX = 4;
const ADDRESSES_MAX = 1_000;
const ALTERNATIVES_MAX = 1_000;

export const logCriteria: Decoder<LogCriteria> = {
  schema: {
    type: "object",
    properties: {
      fromBlock: blockNumberOrTag.schema,
      toBlock: blockNumberOrTag.schema,
      blockHash: hash.schema,
      address: { oneOf: [address.schema, { type: "array", items: address.schema, maxItems: ADDRESSES_MAX }] },
      topics: {
        type: "array",
        maxItems: TOPICS_MAX,
        items: {
          oneOf: [
            { type: "null" },
            hash.schema,
            { type: "array", items: hash.schema, maxItems: ALTERNATIVES_MAX },
          ],
        },
      },
    },
  },
  decode(value) {
    const object = asObject(value, "filter");
    const blockHash = optionalField(object, "blockHash", hash);
    const fromBlock = optionalField(object, "fromBlock", blockNumberOrTag);
    const toBlock = optionalField(object, "toBlock", blockNumberOrTag);
    if (blockHash !== undefined && (fromBlock !== undefined || toBlock !== undefined)) {
      malformed("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other");
    }
    const [addresses, topics] = [addressesOf(object), topicsOf(object)];
    const wanted = [addresses, ...topics].filter((items) => items !== undefined);
    const bits = wanted.filter(({ size }) => size > 0).map(bloomBits);
    return { blockHash, fromBlock, toBlock, addresses, topics, bits };
  },
};

function addressesOf(object: JsonObject): ReadonlySet<Address> {
  const value = fieldOf(object, "address");
  if (value === undefined) return new Set();
  if (!Array.isArray(value)) return new Set([address.decode(value)]);
  if (value.length > ADDRESSES_MAX) malformed("exceed max addresses");
  return new Set(value.map(address.decode));
}

function topicsOf(object: JsonObject): LogCriteria["topics"] {
  const value = fieldOf(object, "topics");
  if (value === undefined) return [];
  if (!Array.isArray(value)) malformed("invalid topics");
  if (value.length > TOPICS_MAX) malformed("exceed max topics");
  return value.map(alternativesOf);
}

/** Null, an empty list, and a list with null match any topic. */
function alternativesOf(value: unknown): ReadonlySet<Hash> | undefined {
  if (value === null || value === undefined) return undefined;
  if (!Array.isArray(value)) return new Set([hash.decode(value)]);
  if (value.length > ALTERNATIVES_MAX) malformed("exceed max topics");
  if (value.length === 0 || value.includes(null)) return undefined;
  return new Set(value.map(hash.decode));
}
