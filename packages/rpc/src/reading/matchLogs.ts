import {
  blockEntries,
  bloomContainsAny,
  type ChainBlock,
  type Hash,
  type Header,
  type LogEntry,
} from "@trellis/protocol";
import type { LogMatch } from "../decoding/logCriteria.ts";
import { type PlacedLog, placedLogs } from "../encoding/log.ts";

export function mayHaveLogs({ logsBloom }: Pick<Header, "logsBloom">, match: LogMatch): boolean {
  return match.bits.every((bits) => bloomContainsAny(logsBloom, bits));
}

const LOGS_AT_ONCE = 64;

/** Yields undefined wherever the reader may pause: a block can have 100,000 logs. */
export function* matchLogs(block: ChainBlock, match: LogMatch): Generator<PlacedLog | undefined> {
  if (!mayHaveLogs(block.header, match)) return;
  for (const transactionIndex of blockEntries(block).keys()) {
    for (const placed of placedLogs(block, transactionIndex)) {
      if (matches(placed.log, match)) yield placed;
      else if (placed.logIndex % LOGS_AT_ONCE === 0) yield undefined;
    }
  }
}

export function matches({ address, topics }: LogEntry, match: LogMatch): boolean {
  if (match.addresses.size > 0 && !match.addresses.has(address)) return false;
  return (
    match.topics.length <= topics.length &&
    match.topics.every((alternatives, index) => alternatives?.has(topics[index] as Hash) ?? true)
  );
}
