import { type Block, type ChainBlock, type Receipt, storedLogBytes } from "@trellis/protocol";
import type { ExecutedRuns } from "./executedRuns.ts";

/** Estimated memory without transactions. */
const BLOCK_BYTES = 2_000;
/** Per transaction in addition to its encoding, and per receipt. */
const TRANSACTION_BYTES = 1_000;

export function sizeOfBlock({ body }: Block): number {
  return body.transactions.reduce(
    (sum, { encoded }) => sum + encoded.length + TRANSACTION_BYTES,
    BLOCK_BYTES,
  );
}

/** Per log, topic, and data. */
const LOG_BYTES = 120;
const TOPIC_BYTES = 100;
const DATA_BYTES = 200;

export function sizeOfChainBlock({ size, transactions, skipped, deliveries = [] }: ChainBlock): number {
  const logs = [...deliveries, ...transactions].reduce((sum, { receipt }) => sum + sizeOfLogs(receipt), 0);
  return (
    BLOCK_BYTES +
    size +
    (2 * transactions.length + skipped.length + deliveries.length) * TRANSACTION_BYTES +
    logs
  );
}

export function sizeOfExecution({
  accepted,
  deliveries = [],
}: Pick<ExecutedRuns, "accepted" | "deliveries">): number {
  return [...deliveries, ...accepted].reduce(
    (sum, { receipt }) => sum + TRANSACTION_BYTES + sizeOfLogs(receipt),
    BLOCK_BYTES,
  );
}

/** Logs from the store stay encoded. */
function sizeOfLogs(receipt: Receipt): number {
  const stored = storedLogBytes(receipt);
  if (stored !== undefined) return stored;
  let size = 0;
  for (const { topics, data } of receipt.logs) {
    size += LOG_BYTES + topics.length * TOPIC_BYTES + (data.length === 0 ? 0 : DATA_BYTES + data.length);
  }
  return size;
}
