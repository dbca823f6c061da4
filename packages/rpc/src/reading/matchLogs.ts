import { bloomContainsAny, type ChainBlock, type Hash, type Header, type LogEntry } from "@trellis/protocol";
import type { LogMatch } from "../decoding/logCriteria.ts";
import { type PlacedLog, placedLogs } from "../encoding/log.ts";

/** False if the header's bloom filter tells that none of the block's logs match: most need no look at their receipts. */
export function mayHaveLogs({ logsBloom }: Pick<Header, "logsBloom">, match: LogMatch): boolean {
  return match.bits.every((bits) => bloomContainsAny(logsBloom, bits));
}

/** The block's logs that match, in order. */
export function matchLogs(block: ChainBlock, match: LogMatch): PlacedLog[] {
  if (!mayHaveLogs(block.header, match)) return [];
  return block.transactions.flatMap((_, transactionIndex) =>
    [...placedLogs(block, transactionIndex)].filter(({ log }) => matches(log, match)),
  );
}

export function matches({ address, topics }: LogEntry, match: LogMatch): boolean {
  if (match.addresses.size > 0 && !match.addresses.has(address)) return false;
  return (
    match.topics.length <= topics.length &&
    match.topics.every((alternatives, index) => alternatives?.has(topics[index] as Hash) ?? true)
  );
}
