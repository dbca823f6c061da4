import type { Block, ChainBlock, ChainEvent, Hash } from "@trellis/protocol";
import type { SinkMove } from "./findSink.ts";

export interface ImportResult {
  /** In order of arrival. */
  readonly imported: readonly Hash[];
  /** Newest first. */
  readonly removed: readonly ChainBlock[];
  /** Oldest first. */
  readonly added: readonly ChainBlock[];
  readonly events: readonly ChainEvent[];
  /** A program took the removed blocks back with their transactions. [DEV-3] */
  readonly isTakenBack?: boolean;
}

export function eventsOf(
  blocks: readonly Block[],
  { removed, added }: SinkMove,
  finalized: ChainEvent | undefined,
): ChainEvent[] {
  return [
    ...blocks.map(({ hash, header }): ChainEvent => ({ kind: "block", hash, header })),
    ...removed.map((chainBlock): ChainEvent => ({ kind: "removed", block: chainBlock })),
    ...added.map((chainBlock): ChainEvent => ({ kind: "added", block: chainBlock })),
    ...(finalized === undefined ? [] : [finalized]),
  ];
}
