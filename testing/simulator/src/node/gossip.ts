import type { Wire } from "@trellis/network";
import type { Block } from "@trellis/protocol";

export function blockMessage({ topics }: Wire, { header, body }: Block): Uint8Array {
  const { transactions, ...votes } = body;
  return topics.blocks.codec.encode({
    header,
    entries: transactions.map(({ encoded }) => encoded),
    ...votes,
  });
}

export function transactionMessage({ topics }: Wire, encoded: Uint8Array): Uint8Array {
  return topics.transactions.codec.encode({ transactions: [encoded] });
}
