import type { Block } from "@trellis/protocol";
import { bodySize } from "../consensus/rules/bodySize.ts";

/** Enough that the disk is hardly waited for, and few enough that a miner's own block waits a second at most. */
const BLOCKS_MAX = 256;
/** What is executed and not stored yet takes some times as much in memory. */
const BYTES_MAX = 16 << 20;

/** Runs of blocks that are stored together, as few as the limits allow. One block makes a run, however large it is. */
export function* splitIntoRuns(blocks: readonly Block[]): Iterable<readonly Block[]> {
  let run: Block[] = [];
  let bytes = 0;
  for (const block of blocks) {
    const size = bodySize(block.body);
    if (run.length > 0 && (run.length === BLOCKS_MAX || bytes + size > BYTES_MAX)) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(block);
    bytes += size;
  }
  if (run.length > 0) yield run;
}
