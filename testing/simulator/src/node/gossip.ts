import { type Block, encodeBlock } from "@trellis/protocol";

/** What blocks and transactions look like on their way. */
export const BLOCK_TOPIC = "blocks";
export const TRANSACTION_TOPIC = "transactions";

export function blockMessage(block: Block): Uint8Array {
  return encodeBlock(block);
}

export function transactionMessage(encoded: Uint8Array): Uint8Array {
  return encoded;
}
