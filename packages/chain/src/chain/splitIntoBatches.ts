import type { Block } from "@trellis/protocol";
import { bodySize } from "../consensus/rules/bodySize.ts";

/** Enough that the disk is hardly waited for, and few enough that a miner's own block waits a second at most. */
const BLOCKS_MAX = 256;
/** What is executed and not stored yet takes some times as much in memory. */
const BYTES_MAX = 16 << 20;

/** Blocks that are stored together, in as few batches as the limits allow. One block makes a batch, however large it is. */
export function* splitIntoBatches(blocks: readonly Block[]): Iterable<readonly Block[]> {
  let batch: Block[] = [];
  let bytes = 0;
  for (const block of blocks) {
    const size = bodySize(block.body);
    if (batch.length > 0 && (batch.length === BLOCKS_MAX || bytes + size > BYTES_MAX)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(block);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
