import { hexToBytes } from "@trellis/base";
import {
  type Block,
  bodyRoot,
  createBlock,
  decodeTransaction,
  type Hash,
  type Transaction,
} from "@trellis/protocol";
import type { CompactBlock } from "../wire/messages.ts";
import { SHORT_ID_BYTES, shortId } from "../wire/shortId.ts";
import type { KnownTransactions } from "./KnownTransactions.ts";

/** How blocks are told: without the transactions that others should have, or whole. */
export type BlockForm = "compact" | "full";

/** Transactions that went through the pool were told to others; the rest is written out. [NET-18] */
export function compactBlock(
  { hash, header, body }: Block,
  known: KnownTransactions,
  form: BlockForm,
): CompactBlock {
  const block = hexToBytes(hash);
  const entries = body.transactions.map((transaction) =>
    form === "compact" && known.has(transaction.hash)
      ? shortId(block, hexToBytes(transaction.hash))
      : transaction.encoded,
  );
  return { header, entries };
}

/**
 * Finds a compact block's transactions; the places of those that are not known stay empty. [NET-19]
 * @throws what decodeTransaction throws
 */
export function findTransactions(
  hash: Hash,
  { entries }: CompactBlock,
  known: KnownTransactions,
): (Transaction | undefined)[] {
  const block = hexToBytes(hash);
  return entries.map((entry) =>
    entry.length === SHORT_ID_BYTES ? known.find(block, entry) : decodeTransaction(entry),
  );
}

/** Undefined if these are not the transactions that the header commits to. */
export function assembleBlock(
  { header }: CompactBlock,
  transactions: readonly Transaction[],
): Block | undefined {
  const body = { transactions };
  return bodyRoot(body) === header.bodyRoot ? createBlock(header, body) : undefined;
}
