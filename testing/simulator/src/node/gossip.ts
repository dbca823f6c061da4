import type { Wire } from "@trellis/network";
import type { Block } from "@trellis/protocol";

/** A block as it is gossiped, with all of its transactions. */
export function blockMessage({ topics }: Wire, { header, body }: Block): Uint8Array {
  const { transactions, ...votes } = body;
  return topics.blocks.codec.encode({
    header,
    entries: transactions.map(({ encoded }) => encoded),
    ...votes,
  });
}

/** A transaction as it is gossiped. */
export function transactionMessage({ topics }: Wire, encoded: Uint8Array): Uint8Array {
  return topics.transactions.codec.encode({ transactions: [encoded] });
}
