import { hexToBytes } from "@trellis/base";
import type { DeliveryOutcome } from "@trellis/contracts";
import { type Address, decodeMessage, type Hash, type Message } from "@trellis/protocol";
import { shardName } from "../entries/messageEntries.ts";
import type { Tables } from "../tables.ts";
import { type Page, type PageRequest, type PlacedPrefix, readMatching } from "./pages.ts";

/** A message that this shard sent, or delivered with an outcome. */
export interface MessageItem {
  readonly id: Hash;
  readonly message: Message;
  readonly block: Hash;
  readonly blockNumber: number;
  readonly timestampMs: number;
  readonly transactionHash: Hash;
  readonly logIndex: number;
  readonly outcome?: DeliveryOutcome;
  /** Message that returns the value. */
  readonly refund?: Hash;
}

export interface MessageFilter {
  readonly sender?: Address | undefined;
  readonly recipient?: Address | undefined;
  readonly source?: number | undefined;
  readonly destination?: number | undefined;
  /** That sent or delivered the message. */
  readonly transaction?: { readonly hash: Hash; readonly blockNumber: number } | undefined;
}

export function readMessage({ messages }: Tables, id: Hash): MessageItem | undefined {
  const value = messages.get(id);
  if (value === undefined) return undefined;
  const { encoded, number, ...rest } = value;
  return { id, message: decodeMessage(hexToBytes(encoded)), blockNumber: number, ...rest };
}

/** Newest first. A page can have fewer items than asked for, and a cursor. @param own shard of the chain */
export function readMessages(
  tables: Tables,
  filter: MessageFilter,
  own: number,
  page: PageRequest,
): Page<MessageItem> {
  const { sender, recipient, source, destination, transaction } = filter;
  const prefix = (of: PlacedPrefix["of"]): PlacedPrefix => ({
    of,
    partCount: 2,
    number: transaction?.blockNumber,
  });
  const toItem = (id: Hash): MessageItem | undefined => {
    const item = readMessage(tables, id);
    return item !== undefined && fits(item, filter) ? item : undefined;
  };
  const account = sender ?? recipient;
  if (account !== undefined) return readMatching(tables.accountMessages, prefix(account), page, toItem);
  const other = [source, destination].find((shard) => shard !== undefined && shard !== own);
  return other === undefined
    ? readMatching(tables.messageOrder, prefix("0x"), page, toItem)
    : readMatching(tables.shardMessages, prefix(shardName(other)), page, toItem);
}

function fits(
  { message, transactionHash }: MessageItem,
  { sender, recipient, source, destination, transaction }: MessageFilter,
): boolean {
  return (
    (sender ?? message.sender) === message.sender &&
    (recipient ?? message.to) === message.to &&
    (source ?? message.source) === message.source &&
    (destination ?? message.destination) === message.destination &&
    (transaction?.hash ?? transactionHash) === transactionHash
  );
}
