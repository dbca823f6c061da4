import type { Block, ChainBlock } from "@trellis/protocol";

/** What a block without transactions takes in memory, roughly. Bytes */
const BLOCK_BYTES = 2_000;
/** What a decoded transaction takes beside its encoding, and as much again its receipt. Bytes */
const TRANSACTION_BYTES = 1_000;

/** Roughly. Bytes */
export function sizeOfBlock({ body }: Block): number {
  return body.transactions.reduce(
    (sum, { encoded }) => sum + encoded.length + TRANSACTION_BYTES,
    BLOCK_BYTES,
  );
}

/** Roughly. Bytes */
export function sizeOfChainBlock({ size, transactions, skipped }: ChainBlock): number {
  return BLOCK_BYTES + size + (2 * transactions.length + skipped.length) * TRANSACTION_BYTES;
}
