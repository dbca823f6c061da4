import type { ChainBlock, ChainView } from "@trellis/protocol";

/**
 * Of the selected chain up to the head, in order. A reopened chain has executed blocks without an event: a disk can
 * store a batch and report an error.
 */
export function missedBlocks(
  view: Pick<ChainView, "head" | "blockByNumber">,
  isKnown: (block: ChainBlock) => boolean,
): ChainBlock[] {
  const missed: ChainBlock[] = [];
  let block = view.blockByNumber(view.head().header.number);
  for (; block !== undefined && !isKnown(block); block = view.blockByNumber(block.header.number - 1))
    missed.push(block);
  return missed.reverse();
}
