import type { Body } from "../block/Block.ts";
import { type Delivery, deliveryHash } from "../shards/Delivery.ts";
import type { Hash } from "../words.ts";
import type { AcceptedTransaction, ChainBlock } from "./chain.ts";

/** Entry of `acceptedRoot`. Its receipt names its hash. [SHARD-13.2] */
export type BlockEntry = Delivery | AcceptedTransaction;

type Entries = Pick<ChainBlock, "deliveries" | "transactions">;

/** Deliveries, then transactions, as in `acceptedRoot`. */
export function blockEntries({ deliveries, transactions }: Entries): readonly BlockEntry[] {
  return deliveries === undefined ? transactions : [...deliveries, ...transactions];
}

export function entryCount({ deliveries = [], transactions }: Entries): number {
  return deliveries.length + transactions.length;
}

export function entryAt({ deliveries = [], transactions }: Entries, index: number): BlockEntry | undefined {
  return index < deliveries.length ? deliveries[index] : transactions[index - deliveries.length];
}

/** Hashes of the entries that a body can add to chain blocks. */
export function carriedHashes({ transactions, crossShard }: Body): Hash[] {
  const messages = crossShard?.batches.flatMap((batch) => batch.messages) ?? [];
  return [...transactions.map(({ hash }) => hash), ...messages.map(deliveryHash)];
}
