import { quantityToHex } from "@trellis/base";
import { type Decoder, malformed } from "../decoding/Decoder.ts";
import { hash, index } from "../decoding/hex.ts";
import type { ChainPosition } from "../reading/chainChanges.ts";

/** `NUMBER:HASH`, both hexadecimal. */
export function encodeChainCursor({ number, hash: at }: ChainPosition): string {
  return `${quantityToHex(number)}:${at}`;
}

export const chainCursor: Decoder<ChainPosition> = {
  schema: { type: "string", pattern: "^0x[0-9a-f]+:0x[0-9a-f]{64}$" },
  decode(value) {
    const [number, at, ...rest] = typeof value === "string" ? value.split(":") : [];
    if (rest.length > 0 || at === undefined) malformed("a cursor is NUMBER:HASH");
    return { number: index.decode(number), hash: hash.decode(at) };
  },
};
