import { type BodyLists, encodeRlp, listFields, type RlpInput, type Transaction } from "@trellis/protocol";

interface SizedBody extends BodyLists {
  readonly transactions: readonly Pick<Transaction, "encoded">[];
}

export function bodySize(body: SizedBody): number {
  const transactions = body.transactions.reduce((sum, { encoded }) => sum + itemSize(encoded.length), 0);
  const lists = listFields(body).reduce((sum, list) => sum + encodedSize(list), 0);
  return itemSize(itemSize(transactions) + lists);
}

/** Most lists are empty. */
function encodedSize(list: readonly RlpInput[]): number {
  return list.length === 0 ? 1 : encodeRlp(list).length;
}

const SHORT_MAX = 55;

/** Includes the length prefix. No transaction is a single byte. */
function itemSize(payload: number): number {
  let size = payload + 1;
  if (payload > SHORT_MAX) for (let left = payload; left > 0; left = Math.floor(left / 256)) size++;
  return size;
}
