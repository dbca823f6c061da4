import type { Page, PageRequest } from "@trellis/indexer";
import { asObject, type Decoder, optionalField, text } from "../../decoding/Decoder.ts";
import { bytes, index as uint } from "../../decoding/hex.ts";
import { rpcErrors } from "../../errors.ts";
import { optional } from "../Method.ts";

const PAGE_ITEMS = 25;
export const PAGE_ITEMS_MAX = 100;

const page: Decoder<PageRequest> = {
  schema: {
    title: "page",
    type: "object",
    properties: {
      cursor: { description: "cursor of the previous page", type: "string", pattern: "^0x[0-9a-fA-F]*$" },
      count: { description: `items, at most ${PAGE_ITEMS_MAX}`, type: "string", pattern: "^0x[0-9a-fA-F]+$" },
    },
  },
  decode(value) {
    const object = asObject(value, "page");
    const cursor = optionalField(object, "cursor", { ...text, decode: (given) => hexText(given) });
    const count = optionalField(object, "count", uint) ?? PAGE_ITEMS;
    if (count < 1 || count > PAGE_ITEMS_MAX) {
      throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: `count is not between 1 and ${PAGE_ITEMS_MAX}` });
    }
    return { countMax: count, ...(cursor === undefined ? {} : { cursor }) };
  },
};

function hexText(given: unknown): `0x${string}` {
  bytes.decode(given);
  return given as `0x${string}`;
}

export const pageParameter = optional("page", page, { countMax: PAGE_ITEMS });

export function encodePage<T>({ items, cursor }: Page<T>, encode: (item: T) => object): object {
  return { items: items.map(encode), cursor: cursor ?? null };
}
