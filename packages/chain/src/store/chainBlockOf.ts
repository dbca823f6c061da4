import { type ChainBlock, encodeHeader, type Hash, type Header } from "@trellis/protocol";
import { prevRandaoOf } from "./prevRandaoOf.ts";

/** What executing a block gave, and is stored of it. */
export type Executed = Pick<ChainBlock, "timestamp" | "gasLimit" | "carriers" | "transactions" | "skipped">;

/** A block with what executing it gave, and what follows from both. */
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
