import { type ChainBlock, encodeHeader, type Hash, type Header } from "@trellis/protocol";
import { prevRandaoOf } from "./prevRandaoOf.ts";

export type Executed = Pick<ChainBlock, "timestamp" | "gasLimit" | "carriers" | "transactions" | "skipped">;

export function chainBlockOf(hash: Hash, header: Header, executed: Executed): ChainBlock {
  const { transactions } = executed;
  return {
    hash,
    header,
    prevRandao: prevRandaoOf(header),
    size: transactions.reduce(
      (sum, { transaction }) => sum + transaction.encoded.length,
      encodeHeader(header).length,
    ),
    ...executed,
  };
}
