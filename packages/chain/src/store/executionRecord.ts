import { runSteps, type Steps } from "@trellis/base";
import {
  type Address,
  decodeReceiptRecord,
  encodeReceiptRecord,
  encodeRlp,
  type Guard,
  type Hash,
  openRlpList,
  type Receipt,
  type RlpReader,
  SKIP_REASONS,
  type SkipReason,
} from "@trellis/protocol";

interface Place {
  readonly carrierIndex: number;
  readonly bodyIndex: number;
}

export interface ExecutionRecord {
  /** In seconds. */
  readonly timestamp: number;
  readonly gasLimit: bigint;
  readonly carriers: readonly Hash[];
  readonly accepted: readonly (Place & { readonly sender: Address; readonly receipt: Receipt })[];
  readonly skipped: readonly (Place & { readonly reason: SkipReason })[];
  /** In order; the messages are in the block's own batches. */
  readonly deliveries?: readonly { readonly source: number; readonly receipt: Receipt }[];
}

export function encodeExecutionRecord(record: ExecutionRecord): Uint8Array {
  return runSteps(encodeExecutionInSteps(record));
}

/** In steps, because a receipt may have megabytes of logs. */
export function* encodeExecutionInSteps(record: ExecutionRecord): Steps<Uint8Array> {
  const receipts: Uint8Array[] = [];
  for (const { receipt } of record.accepted) {
    receipts.push(encodeReceiptRecord(receipt));
    yield;
  }
  const { deliveries } = record;
  return encodeRlp([
    record.timestamp,
    record.gasLimit,
    record.carriers,
    record.accepted.map(({ carrierIndex, bodyIndex, sender }, index) => [
      carrierIndex,
      bodyIndex,
      sender,
      receipts[index]!,
    ]),
    record.skipped.map(({ carrierIndex, bodyIndex, reason }) => [
      carrierIndex,
      bodyIndex,
      SKIP_REASONS.indexOf(reason),
    ]),
    ...(deliveries === undefined
      ? []
      : [deliveries.map(({ source, receipt }) => [source, encodeReceiptRecord(receipt)])]),
  ]);
}

export function decodeExecutionHead(bytes: Uint8Array): Pick<ExecutionRecord, "timestamp" | "gasLimit"> {
  const fields = openRlpList(bytes, "execution");
  return { timestamp: fields.readNumber("timestamp"), gasLimit: fields.readUint("gasLimit") };
}

/** Decodes logs on each access, through `guard`. */
export function decodeExecutionRecord(bytes: Uint8Array, guard?: Guard): ExecutionRecord {
  const fields = openRlpList(bytes, "execution");
  const timestamp = fields.readNumber("timestamp");
  const gasLimit = fields.readUint("gasLimit");
  const carrierList = fields.readList("carriers");
  const carriers: Hash[] = [];
  while (!carrierList.isDone) carriers.push(carrierList.readHash("carrier"));
  const acceptedList = fields.readList("accepted");
  const accepted: ExecutionRecord["accepted"][number][] = [];
  while (!acceptedList.isDone) {
    const entry = acceptedList.readList("acceptedTransaction");
    accepted.push({
      carrierIndex: entry.readNumber("carrierIndex"),
      bodyIndex: entry.readNumber("bodyIndex"),
      sender: entry.readAddress("sender"),
      receipt: decodeReceiptRecord(entry.readBytes("receipt"), guard),
    });
    entry.finish("acceptedTransaction");
  }
  const skippedList = fields.readList("skipped");
  const skipped: ExecutionRecord["skipped"][number][] = [];
  while (!skippedList.isDone) {
    const entry = skippedList.readList("skippedTransaction");
    skipped.push({
      carrierIndex: entry.readNumber("carrierIndex"),
      bodyIndex: entry.readNumber("bodyIndex"),
      reason: SKIP_REASONS[entry.readNumber("reason", SKIP_REASONS.length - 1)]!,
    });
    entry.finish("skippedTransaction");
  }
  const record = { timestamp, gasLimit, carriers, accepted, skipped };
  if (fields.isDone) return record;
  const deliveries = readDeliveries(fields.readList("deliveries"), guard);
  fields.finish("execution");
  return { ...record, deliveries };
}

function readDeliveries(list: RlpReader, guard?: Guard): NonNullable<ExecutionRecord["deliveries"]> {
  const deliveries: { source: number; receipt: Receipt }[] = [];
  while (!list.isDone) {
    const entry = list.readList("delivery");
    const source = entry.readNumber("source");
    deliveries.push({ source, receipt: decodeReceiptRecord(entry.readBytes("receipt"), guard) });
    entry.finish("delivery");
  }
  return deliveries;
}
