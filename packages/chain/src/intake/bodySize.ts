import type { Transaction } from "@trellis/protocol";

/** Bytes of the encoded body that holds these transactions (BLOCK-5), without encoding it. */
export function bodySize(transactions: readonly Pick<Transaction, "encoded">[]): number {
  const payload = transactions.reduce((sum, { encoded }) => sum + itemSize(encoded.length), 0);
  return itemSize(itemSize(payload));
}

/** Payloads up to this many bytes have a header of one byte. */
const SHORT_MAX = 55;

/** Bytes of an RLP item with its header; no transaction is a single byte. */
function itemSize(payload: number): number {
  let size = payload + 1;
  if (payload > SHORT_MAX) for (let left = payload; left > 0; left = Math.floor(left / 256)) size++;
  return size;
}
