import {
  type Block,
  bodyRoot,
  createBlock,
  decodeTransaction,
  type Hash,
  type Transaction,
} from "@trellis/protocol";
import type { CompactBlock } from "../wire/messages.ts";
import { bytesToShortId, SHORT_ID_BYTES, ShortIds, shortIdToBytes } from "../wire/shortId.ts";
import type { KnownTransactions } from "./KnownTransactions.ts";

export type BlockForm = "compact" | "full";

export function compactBlock(
  { hash, header, body }: Block,
  known: KnownTransactions,
  form: BlockForm,
): CompactBlock {
  const ids = new ShortIds(hash);
  const { transactions, ...lists } = body;
  const entries = transactions.map((transaction) =>
    form === "compact" && known.isSpread(transaction.hash)
      ? shortIdToBytes(ids.of(transaction.hash))
      : transaction.encoded,
  );
  return { header, entries, ...lists };
}

/**
 * Unknown transactions are undefined. Copies envelopes, so that the message is not retained. [NET-19]
 * @throws the errors of decodeTransaction
 */
export function findTransactions(
  hash: Hash,
  { entries }: CompactBlock,
  known: KnownTransactions,
): (Transaction | undefined)[] {
  const find = known.finder(hash);
  return entries.map((entry) =>
    entry.length === SHORT_ID_BYTES ? find(bytesToShortId(entry)) : decodeTransaction(entry.slice()),
  );
}

export function assembleBlock(
  { header, entries: _, ...lists }: CompactBlock,
  transactions: readonly Transaction[],
): Block | undefined {
  const body = { transactions, ...lists };
  return bodyRoot(body) === header.bodyRoot ? createBlock(header, body) : undefined;
}
