import { type Body, encodeRlp, type RlpInput, type Transaction, votesFields } from "@trellis/protocol";

interface SizedBody extends Pick<Body, "certificates" | "evidence"> {
  readonly transactions: readonly Pick<Transaction, "encoded">[];
}

export function bodySize(body: SizedBody): number {
  const transactions = body.transactions.reduce((sum, { encoded }) => sum + itemSize(encoded.length), 0);
  const votes = votesFields(body).reduce<number>((sum, section) => sum + encodedSize(section), 0);
  return itemSize(itemSize(transactions) + votes);
}

/** Most bodies carry neither certificates nor evidence. */
function encodedSize(section: RlpInput): number {
  return Array.isArray(section) && section.length === 0 ? 1 : encodeRlp(section).length;
}

const SHORT_MAX = 55;

/** Includes the length prefix. No transaction is a single byte. */
function itemSize(payload: number): number {
  let size = payload + 1;
  if (payload > SHORT_MAX) for (let left = payload; left > 0; left = Math.floor(left / 256)) size++;
  return size;
}
