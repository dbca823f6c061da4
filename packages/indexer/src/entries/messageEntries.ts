import { bytesToHex, type Hex, type Steps } from "@trellis/base";
import { type BlockMessage, blockMessages } from "@trellis/contracts";
import { type ChainBlock, encodeMessage } from "@trellis/protocol";
import type { PutOperation } from "@trellis/storage";
import type { MessageValue, Tables } from "../tables.ts";

/** Messages that the block sent or delivered. */
export function* messageEntries(block: ChainBlock, tables: Tables): Steps<PutOperation[]> {
  const puts: PutOperation[] = [];
  for (const found of blockMessages(block)) {
    yield;
    if (found !== undefined) puts.push(...putsOf(block, found, tables));
  }
  return puts;
}

function putsOf(
  { hash, header }: ChainBlock,
  { id, message, ...rest }: BlockMessage,
  { messages, messageOrder, accountMessages, shardMessages, refunds }: Tables,
): PutOperation[] {
  const { number, timestampMs } = header;
  const encoded = bytesToHex(encodeMessage(message));
  const value: MessageValue = { encoded, block: hash, number, timestampMs, ...rest };
  const { outcome, logIndex } = rest;
  const place = [number, logIndex];
  const other = outcome === undefined ? message.destination : message.source;
  return [
    messages.put(id, value),
    messageOrder.put({ of: "0x", place }, id),
    ...[...new Set([message.sender, message.to])].map((of) => accountMessages.put({ of, place }, id)),
    shardMessages.put({ of: shardName(other), place }, id),
    ...(outcome === "credited" ? [refunds.put(bytesToHex(message.data), id)] : []),
  ];
}

export function shardName(shard: number): Hex {
  return `0x${shard.toString(16).padStart(4, "0")}`;
}
