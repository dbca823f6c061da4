import { bytesToHex, quantityToHex } from "@trellis/base";
import type { ChainBlock, LogEntry } from "@trellis/protocol";

/** How many logs of the block come before each transaction's: logs are numbered through the block. */
const startsByBlock = new WeakMap<ChainBlock, readonly number[]>();

/** The number within its block of a transaction's first log. */
export function firstLogIndex(block: ChainBlock, transactionIndex: number): number {
  let starts = startsByBlock.get(block);
  if (starts === undefined) {
    let next = 0;
    starts = block.transactions.map(({ receipt }) => {
      const start = next;
      next += receipt.logs.length;
      return start;
    });
    startsByBlock.set(block, starts);
  }
  return starts[transactionIndex] ?? 0;
}

/** All logs of a transaction. `isRemoved` when a reorganisation takes them back. */
export function encodeLogs(block: ChainBlock, transactionIndex: number, isRemoved = false): object[] {
  const { logs } = block.transactions[transactionIndex]!.receipt;
  if (logs.length === 0) return [];
  const first = firstLogIndex(block, transactionIndex);
  return logs.map((log, offset) =>
    encodeLog(block, { transactionIndex, logIndex: first + offset, log }, isRemoved),
  );
}

/** A log and its place in its block. */
export interface PlacedLog {
  readonly transactionIndex: number;
  readonly logIndex: number;
  readonly log: LogEntry;
}

export function encodeLog(
  block: ChainBlock,
  { transactionIndex, logIndex, log }: PlacedLog,
  isRemoved: boolean,
): object {
  return {
    address: log.address,
    topics: log.topics,
    data: bytesToHex(log.data),
    blockNumber: quantityToHex(block.header.number),
    blockHash: block.hash,
    blockTimestamp: quantityToHex(block.timestamp),
    transactionHash: block.transactions[transactionIndex]!.transaction.hash,
    transactionIndex: quantityToHex(transactionIndex),
    logIndex: quantityToHex(logIndex),
    removed: isRemoved,
  };
}
