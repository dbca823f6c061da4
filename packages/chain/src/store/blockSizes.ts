import { type Block, type ChainBlock, type Receipt, storedLogBytes } from "@trellis/protocol";
import type { ExecutedRuns } from "./executedRuns.ts";

/** What a block without transactions takes in memory, roughly. Bytes */
const BLOCK_BYTES = 2_000;
/** What a decoded transaction takes beside its encoding, and as much again its receipt. Bytes */
const TRANSACTION_BYTES = 1_000;

/** Roughly. Bytes */
export function sizeOfBlock({ body }: Block): number {
  return body.transactions.reduce(
    (sum, { encoded }) => sum + encoded.length + TRANSACTION_BYTES,
    BLOCK_BYTES,
  );
}

/** What a log takes, each of its topics, and its data beside the bytes of it. Bytes */
const LOG_BYTES = 120;
const TOPIC_BYTES = 100;
const DATA_BYTES = 200;

/** Roughly. Bytes */
export function sizeOfChainBlock({ size, transactions, skipped }: ChainBlock): number {
  const logs = transactions.reduce((sum, { receipt }) => sum + sizeOfLogs(receipt), 0);
  return BLOCK_BYTES + size + (2 * transactions.length + skipped.length) * TRANSACTION_BYTES + logs;
}

/** What executing a block gave, roughly, without the state. Bytes */
export function sizeOfExecution({ accepted }: Pick<ExecutedRuns, "accepted">): number {
  return accepted.reduce((sum, { receipt }) => sum + TRANSACTION_BYTES + sizeOfLogs(receipt), BLOCK_BYTES);
}

/** Logs of a store stay as they are stored. */
function sizeOfLogs(receipt: Receipt): number {
  const stored = storedLogBytes(receipt);
  if (stored !== undefined) return stored;
  let size = 0;
  for (const { topics, data } of receipt.logs) {
    size += LOG_BYTES + topics.length * TOPIC_BYTES + (data.length === 0 ? 0 : DATA_BYTES + data.length);
  }
  return size;
}
