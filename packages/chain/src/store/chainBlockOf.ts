import { type ChainBlock, encodeDelivery, encodeHeader, type Hash, type Header } from "@trellis/protocol";
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
  const { transactions, deliveries = [] } = executed;
  const encoded = [
    encodeHeader(header),
    ...deliveries.map(({ message }) => encodeDelivery(message)),
    ...transactions.map(({ transaction }) => transaction.encoded),
  ];
  return {
    hash,
    header,
    prevRandao: override?.prevRandao ?? prevRandaoOf(header),
    size: encoded.reduce((sum, { length }) => sum + length, 0),
    ...executed,
  };
}
