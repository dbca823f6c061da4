import { bytesToHex } from "@trellis/base";
import {
  type BlockEntry,
  blockEntries,
  bloomBits,
  bloomContainsAny,
  type ChainBlock,
  countLogs,
  eachLog,
  type Hash,
  type LogEntry,
  type Message,
  messageId,
} from "@trellis/protocol";
import { SHARD_GATEWAY_ADDRESS } from "../addresses.ts";
import { type DeliveryOutcome, deliveryOutcome, sentMessage } from "./gatewayLogs.ts";

const GATEWAY_BITS = bloomBits([SHARD_GATEWAY_ADDRESS]);

/** A message that a block sent, or delivered with an outcome. */
export interface BlockMessage {
  readonly id: Hash;
  readonly message: Message;
  readonly transactionHash: Hash;
  /** Of the gateway's log, in the block. */
  readonly logIndex: number;
  readonly outcome?: DeliveryOutcome;
  /** Message that returns the value of a failed one. */
  readonly refund?: Hash;
}

/** In the order of their logs. Yields undefined after other entries of a block with logs of the gateway. */
export function* blockMessages(block: ChainBlock): Generator<BlockMessage | undefined> {
  const { anchor, logsBloom } = block.header;
  // Without shards, genesis has no gateway, and anything could be put in its place.
  if (anchor === undefined || !bloomContainsAny(logsBloom, GATEWAY_BITS)) return;
  let logIndex = 0;
  for (const entry of blockEntries(block)) {
    const isConcerned = bloomContainsAny(entry.receipt.logsBloom, GATEWAY_BITS);
    if (isConcerned) yield* entryMessages(entry, logIndex);
    else yield undefined;
    logIndex += countLogs(entry.receipt);
  }
}

function* entryMessages(entry: BlockEntry, firstLog: number): Generator<BlockMessage> {
  const { transactionHash } = entry.receipt;
  const refunds = new Map<string, Hash>();
  let logIndex = firstLog;
  let last: LogEntry | undefined;
  for (const log of eachLog(entry.receipt)) {
    const message = sentMessage(log);
    if (message !== undefined) {
      const id = messageId(message);
      if (message.kind === "refund") refunds.set(bytesToHex(message.data), id);
      yield { id, message, transactionHash, logIndex };
    }
    logIndex++;
    last = log;
  }
  if (!("message" in entry) || last === undefined) return;
  const { message } = entry;
  const id = messageId(message);
  const outcome = deliveryOutcome([last]);
  if (outcome === undefined) return;
  const refund = refunds.get(id);
  yield { id, message, transactionHash, logIndex: logIndex - 1, outcome, ...(refund && { refund }) };
}
