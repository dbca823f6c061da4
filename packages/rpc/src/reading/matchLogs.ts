import { bloomContainsAny, type ChainBlock, type Hash, type Header, type LogEntry } from "@trellis/protocol";
import type { LogMatch } from "../decoding/logCriteria.ts";
import { firstLogIndex, type PlacedLog } from "../encoding/log.ts";

/** False if the header's bloom filter tells that none of the block's logs match: most need no look at their receipts. */
export function mayHaveLogs({ logsBloom }: Pick<Header, "logsBloom">, match: LogMatch): boolean {
  return match.bits.every((bits) => bloomContainsAny(logsBloom, bits));
}

/** The block's logs that match, in order. */
export function matchLogs(block: ChainBlock, match: LogMatch): PlacedLog[] {
  if (!mayHaveLogs(block.header, match)) return [];
  return block.transactions.flatMap((_, transactionIndex) => matchLogsOf(block, transactionIndex, match));
}

/** The logs of one of the block's transactions that match, in order. */
export function matchLogsOf(block: ChainBlock, transactionIndex: number, match: LogMatch): PlacedLog[] {
  const { logs } = block.transactions[transactionIndex]!.receipt;
  if (logs.length === 0) return [];
  const first = firstLogIndex(block, transactionIndex);
  return logs.flatMap((log, offset) =>
    matches(log, match) ? [{ transactionIndex, logIndex: first + offset, log }] : [],
  );
}

export function matches({ address, topics }: LogEntry, match: LogMatch): boolean {
  if (match.addresses.size > 0 && !match.addresses.has(address)) return false;
  return (
    match.topics.length <= topics.length &&
    match.topics.every((alternatives, index) => alternatives?.has(topics[index] as Hash) ?? true)
  );
}
