import type { Address, Hash } from "@trellis/protocol";
import { arrayOf, asObject, type Decoder, malformed } from "./Decoder.ts";
import { address, storageSlot } from "./hex.ts";

const STORAGE_SLOTS_MAX = 1_024;

export interface StorageRequest {
  /** As given, for the answer. */
  readonly key: string;
  readonly account: Address;
  readonly slots: readonly Hash[];
}

const slots = arrayOf(storageSlot, STORAGE_SLOTS_MAX);

/** As in geth, all accounts together have at most `STORAGE_SLOTS_MAX` slots. */
export const storageRequests: Decoder<readonly StorageRequest[]> = {
  schema: { type: "object", additionalProperties: slots.schema },
  decode(value) {
    const entries = Object.entries(asObject(value, "storage requests"));
    const requests = entries.map(([key, given]) => ({
      key,
      account: address.decode(key),
      slots: slots.decode(given),
    }));
    const count = requests.reduce((sum, request) => sum + request.slots.length, 0);
    if (count === 0) malformed("empty request");
    if (count > STORAGE_SLOTS_MAX)
      malformed(`too many slots: have ${count}, want at most ${STORAGE_SLOTS_MAX}`);
    return requests;
  },
};
