import type { BlockReader, EncodedJson } from "@trellis/protocol";
import type { Pacing } from "../guards/ScanLane.ts";
import { readFees } from "../reading/feeHistory.ts";
import type { ReadLimits, ReadTask } from "../reading/ReadTask.ts";
import { readLogs } from "../reading/readLogs.ts";
import { writeBlock, writeReceipt, writeReceipts } from "../reading/writeBlock.ts";

export function runRead(
  blocks: BlockReader,
  task: ReadTask,
  limits: ReadLimits,
  pacing: Pacing,
): Promise<EncodedJson> {
  switch (task.kind) {
    case "block":
      return writeBlock(blocks, task, limits, pacing);
    case "receipts":
      return writeReceipts(blocks, task.hash, limits, pacing);
    case "receipt":
      return writeReceipt(blocks, task, limits, pacing);
    case "logs":
      return readLogs(blocks, task, limits, pacing);
    case "fees":
      return readFees(blocks, task, pacing);
  }
}
