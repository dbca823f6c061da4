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

/** How blocks are told: without the transactions that others should have, or whole. */
export type BlockForm = "compact" | "full";

/** Transactions that went through the pool some time ago are known to others; the rest is written out. [NET-18] */
export function compactBlock(
  { hash, header, body }: Block,
  known: KnownTransactions,
  form: BlockForm,
): CompactBlock {
  const ids = new ShortIds(hash);
  const entries = body.transactions.map((transaction) =>
    form === "compact" && known.isSpread(transaction.hash)
      ? shortIdToBytes(ids.of(transaction.hash))
      : transaction.encoded,
  );
  return { header, entries, certificates: body.certificates, evidence: body.evidence };
}

/**
 * Finds a compact block's transactions; the places of those that are not known stay empty. They share no memory with
 * the message, so that one that is kept does not keep all of it. [NET-19]
 * @throws what decodeTransaction throws
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

/** Undefined if these are not the transactions that the header commits to. */
export function assembleBlock(
  { header, certificates, evidence }: CompactBlock,
  transactions: readonly Transaction[],
): Block | undefined {
  const body = { transactions, certificates, evidence };
  return bodyRoot(body) === header.bodyRoot ? createBlock(header, body) : undefined;
}
