import type { MessageFilter } from "@trellis/indexer";
import type { Hash } from "@trellis/protocol";
import { asObject, type Decoder, malformed, optionalField } from "./Decoder.ts";
import { address, hash } from "./hex.ts";

/** [RPC-35.1] */
export const MESSAGE_STATUSES = [
  "pending",
  "finalized",
  "acknowledged",
  "delivered",
  "failed",
  "refunded",
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface MessageCriteria extends Omit<MessageFilter, "transaction"> {
  readonly transaction?: Hash | undefined;
  readonly status?: MessageStatus | undefined;
}

const SHARD_MAX = 0xffff;

export const shardNumber: Decoder<number> = {
  schema: { type: "integer", minimum: 0, maximum: SHARD_MAX },
  decode: (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= SHARD_MAX
      ? value
      : malformed("shard is not a number of a shard"),
};

const status: Decoder<MessageStatus> = {
  schema: { type: "string", enum: MESSAGE_STATUSES },
  decode: (value) =>
    MESSAGE_STATUSES.find((known) => known === value) ??
    malformed(`status is one of ${MESSAGE_STATUSES.join(", ")}`),
};

const FIELDS = {
  sender: address,
  recipient: address,
  source: shardNumber,
  destination: shardNumber,
  transaction: hash,
  status,
} as const;

export const messageCriteria: Decoder<MessageCriteria> = {
  schema: {
    title: "message filter",
    type: "object",
    properties: Object.fromEntries(Object.entries(FIELDS).map(([name, { schema }]) => [name, schema])),
    additionalProperties: false,
  },
  decode(value) {
    const object = asObject(value, "message filter");
    const unknown = Object.keys(object).find((name) => !Object.hasOwn(FIELDS, name));
    if (unknown !== undefined) malformed(`message filter has no field ${unknown.slice(0, 32)}`);
    return {
      sender: optionalField(object, "sender", address),
      recipient: optionalField(object, "recipient", address),
      source: optionalField(object, "source", shardNumber),
      destination: optionalField(object, "destination", shardNumber),
      transaction: optionalField(object, "transaction", hash),
      status: optionalField(object, "status", status),
    };
  },
};
