import { type Body, encodeRlp, type Transaction, votesFields } from "@trellis/protocol";

interface SizedBody extends Pick<Body, "certificates" | "evidence"> {
  readonly transactions: readonly Pick<Transaction, "encoded">[];
}

export function bodySize(body: SizedBody): number {
  const transactions = body.transactions.reduce((sum, { encoded }) => sum + itemSize(encoded.length), 0);
  const votes = votesFields(body).reduce<number>((sum, section) => sum + encodeRlp(section).length, 0);
  return itemSize(itemSize(transactions) + votes);
}

const SHORT_MAX = 55;

/** Includes the length prefix. No transaction is a single byte. */
function itemSize(payload: number): number {
  let size = payload + 1;
  if (payload > SHORT_MAX) for (let left = payload; left > 0; left = Math.floor(left / 256)) size++;
  return size;
}
