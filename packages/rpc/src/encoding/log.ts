import { bytesToHex, quantityToHex } from "@trellis/base";
import { blockEntries, type ChainBlock, countLogs, eachLog, entryAt, type LogEntry } from "@trellis/protocol";

/** Index of each transaction's first log: Ethereum numbers logs per block. */
const startsByBlock = new WeakMap<ChainBlock, readonly number[]>();

export function firstLogIndex(block: ChainBlock, transactionIndex: number): number {
  let starts = startsByBlock.get(block);
  if (starts === undefined) {
    let next = 0;
    starts = blockEntries(block).map(({ receipt }) => {
      const start = next;
      next += countLogs(receipt);
      return start;
    });
    startsByBlock.set(block, starts);
  }
  return starts[transactionIndex] ?? 0;
}

export interface PlacedLog {
  readonly transactionIndex: number;
  readonly logIndex: number;
  readonly log: LogEntry;
}

/** One log at a time: a transaction can have 100,000. [RPC-26] */
export function* placedLogs(block: ChainBlock, transactionIndex: number): Iterable<PlacedLog> {
  let logIndex: number | undefined;
  for (const log of eachLog(entryAt(block, transactionIndex)!.receipt)) {
    logIndex ??= firstLogIndex(block, transactionIndex);
    yield { transactionIndex, logIndex: logIndex++, log };
  }
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
    transactionHash: entryAt(block, transactionIndex)!.receipt.transactionHash,
    transactionIndex: quantityToHex(transactionIndex),
    logIndex: quantityToHex(logIndex),
    removed: isRemoved,
  };
}
