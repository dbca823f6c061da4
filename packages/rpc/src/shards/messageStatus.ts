import type { Hash } from "@trellis/protocol";
import type { MessageStatus } from "../decoding/messageFilter.ts";
import type { RpcNode } from "../RpcNode.ts";
import { followedShards, ownShard } from "./followedShards.ts";
import { type MessageFields, type MessageRecord, recordOf } from "./messageRecords.ts";

interface MessageAnswer extends MessageFields, Pick<MessageRecord, "sent" | "delivery" | "refunded"> {
  readonly status: MessageStatus;
  /** Of a refund, the message that failed. */
  readonly refundOf: string | null;
  /** Source or destination, if this node does not follow it. */
  readonly unknownShards: readonly number[];
}

type Node = Pick<RpcNode, "chain" | "index" | "shards">;

/** Joins what all followed shards know. Undefined for unknown ones. [RPC-35] @throws RPC_INDEX_OFF, errors of the shards */
export async function findMessages(
  node: Node,
  ids: readonly Hash[],
): Promise<readonly (MessageAnswer | undefined)[]> {
  const own = ids.map((id) => recordOf(node, id));
  const others = await recordsOfOthers(node, ids, own);
  return ids.map((id, position) => {
    const records = [own[position], ...(others.get(id) ?? [])].filter((record) => record !== undefined);
    return records.length === 0 ? undefined : combine(records, followedShards(node));
  });
}

/** Asks the shard at the other end; of messages that this shard does not know, all. */
async function recordsOfOthers(
  node: Node,
  ids: readonly Hash[],
  own: readonly (MessageRecord | undefined)[],
): Promise<ReadonlyMap<Hash, readonly MessageRecord[]>> {
  const shard = ownShard(node);
  const isAsked = (record: MessageRecord | undefined, other: number): boolean =>
    record === undefined || record.source === other || record.destination === other;
  const asked = followedShards(node)
    .filter((other) => other !== shard)
    .map((other) => ({ other, wanted: ids.filter((_, position) => isAsked(own[position], other)) }))
    .filter(({ wanted }) => wanted.length > 0);
  const answers = await Promise.all(
    asked.map(({ other, wanted }) => node.shards!.askShard(other, "trellis_getMessageRecords", [wanted])),
  );
  const found = new Map<Hash, MessageRecord[]>();
  for (const record of (answers as (MessageRecord | null)[][]).flat())
    if (record !== null) found.set(record.id, [...(found.get(record.id) ?? []), record]);
  return found;
}

/** @param records of the same message, at least one */
function combine(records: readonly MessageRecord[], followed: readonly number[]): MessageAnswer {
  const { isAcknowledged: _, ...first } = records[0]!;
  const sent = records.find((record) => record.sent !== null)?.sent ?? null;
  const delivery = records.find((record) => record.delivery !== null)?.delivery ?? null;
  const refunded = records.find((record) => record.refunded !== null)?.refunded ?? null;
  const isAcknowledged = records.some((record) => record.isAcknowledged);
  return {
    ...first,
    status: statusOf({ sent, delivery, refunded, isAcknowledged }),
    ...{ sent, delivery, refunded },
    refundOf: first.kind === "refund" ? first.data : null,
    unknownShards: [first.source, first.destination].filter((shard) => !followed.includes(shard)),
  };
}

function statusOf({
  sent,
  delivery,
  refunded,
  isAcknowledged,
}: Pick<MessageRecord, "sent" | "delivery" | "refunded" | "isAcknowledged">): MessageStatus {
  if (refunded !== null) return "refunded";
  const outcome = delivery?.outcome;
  if (outcome === "executed" || outcome === "credited") return "delivered";
  if (outcome !== undefined) return "failed";
  if (isAcknowledged) return "acknowledged";
  return sent?.isFinal === true ? "finalized" : "pending";
}
