import { NONCE_MAX } from "@trellis/protocol";
import { type Decoder, malformed } from "./Decoder.ts";
import { uint64 } from "./hex.ts";

/** Of an account (EIP-2681). Anvil writes JSON numbers. */
export const nonce: Decoder<bigint> = {
  schema: { oneOf: [uint64.schema, { type: "integer", minimum: 0 }] },
  decode(value) {
    const number = Number.isSafeInteger(value) ? BigInt(value as number) : uint64.decode(value);
    return number >= 0n && number < NONCE_MAX
      ? number
      : malformed(`nonce from 0 to ${NONCE_MAX - 1n} (EIP-2681)`);
  },
};
