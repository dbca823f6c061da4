import { type Block, type Body, HEADER_LIMITS } from "@trellis/protocol";

/** What a body takes in memory, about: its transactions' envelopes and the objects that they were decoded to. */
export function bodyBytes({ transactions }: Body): number {
  return transactions.reduce((sum, { encoded }) => sum + encoded.length + TRANSACTION_OBJECT_BYTES, 0);
}

/** What a block takes in memory, about. */
export function blockBytes({ body }: Block): number {
  return HEADER_LIMITS.bytesMax + bodyBytes(body);
}

/** Hashes, addresses and numbers of a decoded transaction as JavaScript holds them. */
const TRANSACTION_OBJECT_BYTES = 1_024;
