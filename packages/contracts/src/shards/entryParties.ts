import type { Address, BlockEntry } from "@trellis/protocol";
import { SHARD_GATEWAY_ADDRESS } from "../addresses.ts";

/** Caller and recipient of a block's entry. The gateway calls the recipient of a message. [SHARD-10.1] */
export function entryParties(entry: BlockEntry): { readonly from: Address; readonly to: Address | null } {
  return "message" in entry
    ? { from: SHARD_GATEWAY_ADDRESS, to: entry.message.to }
    : { from: entry.sender, to: entry.transaction.to };
}
