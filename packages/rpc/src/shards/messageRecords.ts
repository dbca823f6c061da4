import { bytesToHex, quantityToHex } from "@trellis/base";
import { readOutbox } from "@trellis/contracts";
import type { IndexView, MessageItem } from "@trellis/indexer";
import type { Hash, Message } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { RpcNode } from "../RpcNode.ts";
import { ownShard } from "./followedShards.ts";

/** Where a shard's chain sent, delivered or credited a message. */
export interface MessagePlace {
  readonly shard: number;
  readonly blockNumber: string;
  readonly blockHash: Hash;
  readonly timestampMs: string;
  readonly transactionHash: Hash;
  readonly logIndex: string;
  readonly isFinal: boolean;
}

type Place = Pick<MessageItem, "block" | "blockNumber" | "timestampMs" | "transactionHash" | "logIndex">;

export interface MessageFields {
  readonly id: Hash;
  readonly kind: string;
  readonly source: number;
  readonly destination: number;
  readonly index: string;
  readonly sender: Hash;
  readonly recipient: Hash;
  readonly value: string;
  readonly gasLimit: string;
  readonly expiry: string;
  readonly data: string;
}

/** What one shard's chain knows. JSON, because the threads of shards exchange it. */
export interface MessageRecord extends MessageFields {
  readonly sent: MessagePlace | null;
  /** The source knows that the destination has consumed it. */
  readonly isAcknowledged: boolean;
  readonly delivery: (MessagePlace & { readonly outcome: string; readonly refund: Hash | null }) | null;
  readonly refunded: (MessagePlace & { readonly id: Hash }) | null;
}

/** @throws RPC_INDEX_OFF */
export function indexOf({ index }: Pick<RpcNode, "index">): IndexView {
  if (index === undefined) throw rpcErrors.RPC_INDEX_OFF();
  return index;
}

/** [RPC-35] @throws RPC_INDEX_OFF */
export function recordOf(node: Pick<RpcNode, "chain" | "index">, id: Hash): MessageRecord | undefined {
  const item = indexOf(node).message(id);
  return item && recordOfItem(node, item);
}

function recordOfItem(node: Pick<RpcNode, "chain" | "index">, item: MessageItem): MessageRecord {
  const { id, message, outcome, refund = null } = item;
  const { chain } = node;
  const place = placeOf(node, item);
  const isSource = outcome === undefined;
  const credit = isSource ? indexOf(node).creditOf(id) : undefined;
  return {
    ...encodeMessageFields(id, message),
    sent: isSource ? place : null,
    isAcknowledged:
      isSource &&
      message.index < readOutbox(chain.stateAt(chain.head().hash), message.destination).acknowledged,
    delivery: isSource ? null : { ...place, outcome, refund },
    refunded: credit === undefined ? null : { ...placeOf(node, credit), id: credit.id },
  };
}

function placeOf({ chain }: Pick<RpcNode, "chain">, item: Place): MessagePlace {
  const isFinal = item.blockNumber <= chain.finalized().header.number;
  return encodePlace(item, { shard: ownShard({ chain }), isFinal });
}

export function encodePlace(
  { block, blockNumber, timestampMs, transactionHash, logIndex }: Place,
  { shard, isFinal }: Pick<MessagePlace, "shard" | "isFinal">,
): MessagePlace {
  return {
    shard,
    blockNumber: quantityToHex(blockNumber),
    blockHash: block,
    timestampMs: quantityToHex(timestampMs),
    transactionHash,
    logIndex: quantityToHex(logIndex),
    isFinal,
  };
}

export function encodeMessageFields(id: Hash, message: Message): MessageFields {
  const { kind, source, destination, index, sender, to, value, gasLimit, expiry, data } = message;
  return {
    ...{ id, kind, source, destination, sender, recipient: to },
    index: quantityToHex(index),
    value: quantityToHex(value),
    gasLimit: quantityToHex(gasLimit),
    expiry: quantityToHex(expiry),
    data: bytesToHex(data),
  };
}
