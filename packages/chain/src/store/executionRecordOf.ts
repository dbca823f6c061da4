import type { Body, ChainBlock, Hash } from "@trellis/protocol";
import type { ExecutionRecord } from "./executionRecord.ts";

export function executionRecordOf(block: ChainBlock, bodyOf: (carrier: Hash) => Body): ExecutionRecord {
  const isEmpty = block.transactions.length + block.skipped.length === 0;
  const placeOf = placesIn(isEmpty ? [] : block.carriers, bodyOf);
  return {
    timestamp: block.timestamp,
    gasLimit: block.gasLimit,
    carriers: block.carriers,
    accepted: block.transactions.map(({ transaction, carrier, sender, receipt }) => ({
      ...placeOf(carrier, transaction.hash),
      sender,
      receipt,
    })),
    skipped: block.skipped.map(({ transactionHash, carrier, reason }) => ({
      ...placeOf(carrier, transactionHash),
      reason,
    })),
    ...(block.deliveries && {
      deliveries: block.deliveries.map(({ message: { source }, receipt }) => ({ source, receipt })),
    }),
  };
}

function placesIn(carriers: readonly Hash[], bodyOf: (carrier: Hash) => Body) {
  const places = carriers.map(
    (carrier) => new Map(bodyOf(carrier).transactions.map(({ hash }, index) => [hash, index])),
  );
  const indexes = new Map(carriers.map((carrier, index) => [carrier, index]));
  return (carrier: Hash, transaction: Hash) => {
    const carrierIndex = indexes.get(carrier)!;
    return { carrierIndex, bodyIndex: places[carrierIndex]!.get(transaction)! };
  };
}
