import { type Block, type Body, HEADER_LIMITS } from "@trellis/protocol";

export function bodyBytes({ transactions }: Body): number {
  return transactions.reduce((sum, { encoded }) => sum + encoded.length + TRANSACTION_OBJECT_BYTES, 0);
}

export function blockBytes({ body }: Block): number {
  return HEADER_LIMITS.bytesMax + bodyBytes(body);
}

const TRANSACTION_OBJECT_BYTES = 1_024;
