import { concatBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { DELIVERY_TYPE, type Receipt } from "../receipt/Receipt.ts";
import type { Hash } from "../words.ts";
import { encodeMessage, type Message } from "./Message.ts";

/** A message that a chain block delivered. [SHARD-13.2] */
export interface Delivery {
  readonly message: Message;
  readonly receipt: Receipt;
}

/** Entry of `acceptedRoot`. [SHARD-13.2] */
export function encodeDelivery(message: Message): Uint8Array {
  return concatBytes(Uint8Array.of(DELIVERY_TYPE), encodeMessage(message));
}

/** The receipt's transaction hash. */
export function deliveryHash(message: Message): Hash {
  return keccak256Hex(encodeDelivery(message));
}
