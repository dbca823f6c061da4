import { type ChainBlock, encodeHeader, type Hash, type Header } from "@trellis/protocol";
import type { BlockOverride } from "./blockOverride.ts";
import { prevRandaoOf } from "./prevRandaoOf.ts";

export type Executed = Pick<
  ChainBlock,
  "timestamp" | "gasLimit" | "carriers" | "transactions" | "skipped" | "deliveries"
>;

export function chainBlockOf(
  hash: Hash,
  header: Header,
  executed: Executed,
  override: BlockOverride | undefined,
): ChainBlock {
  const { transactions } = executed;
  return {
    hash,
    header,
    prevRandao: override?.prevRandao ?? prevRandaoOf(header),
    size: transactions.reduce(
      (sum, { transaction }) => sum + transaction.encoded.length,
      encodeHeader(header).length,
    ),
    ...executed,
  };
}
