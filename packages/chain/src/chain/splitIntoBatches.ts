import type { Block } from "@trellis/protocol";
import { bodySize } from "../consensus/rules/bodySize.ts";

/** Large batches reduce waits for the disk. This size delays a local block by at most a second. */
const BLOCKS_MAX = 256;
/** Encoded size. Unstored executions take several times more memory. */
const BYTES_MAX = 16 << 20;

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
