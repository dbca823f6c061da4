import type { Page } from "@trellis/indexer";
import { type ChainView, entryAt, type Hash, messageId } from "@trellis/protocol";
import { arrayOf } from "../../decoding/Decoder.ts";
import { hash } from "../../decoding/hex.ts";
import { type MessageCriteria, messageCriteria } from "../../decoding/messageFilter.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { listShards } from "../../shards/listShards.ts";
import { indexOf, recordOf } from "../../shards/messageRecords.ts";
import { findMessages } from "../../shards/messageStatus.ts";
import { shardStatistics } from "../../shards/shardStatistics.ts";
import { defineScan, optional, required, WEIGHTS } from "../Method.ts";
import { encodePage, PAGE_ITEMS_MAX, pageParameter } from "./page.ts";

export const shardMethods = [
  defineScan({
    name: "trellis_getShards",
    summary:
      "Returns all shards of the network with height, finality, load, queues and the record in shard 0; null for what the node does not follow.",
    weight: WEIGHTS.execute,
    handle: (node, _, pacing) => listShards(node, pacing),
  }),
  defineScan({
    name: "trellis_getShardStatistics",
    summary: "Returns height, finality, load, queues and delivery times of this shard.",
    handle: (node, _, pacing) => shardStatistics(node, pacing),
  }),
  defineScan({
    name: "trellis_getMessage",
    summary:
      "Returns a message between shards with its status, by its id or the hash of its delivery in this shard; null if unknown.",
    params: [required("messageId", hash)],
    async handle(node, [wanted]) {
      const [found] = await findMessages(node, [deliveredMessage(node.chain, wanted) ?? wanted]);
      return found ?? null;
    },
  }),
  defineScan({
    name: "trellis_getMessages",
    summary: "Returns messages that this shard sent or delivered, newest first, with their status.",
    weight: WEIGHTS.execute,
    params: [optional("filter", messageCriteria, {}), pageParameter],
    handle: (node, [criteria, request]) => messagesPage(node, criteria, request),
  }),
  defineScan({
    name: "trellis_getMessageRecords",
    summary: "Returns what this shard alone knows of messages, at most 100; null for unknown ones.",
    params: [required("messageIds", arrayOf(hash, PAGE_ITEMS_MAX))],
    handle: (node, [ids]) => ids.map((id) => recordOf(node, id) ?? null),
  }),
];

async function messagesPage(
  node: RpcNode,
  { transaction, status, ...filter }: MessageCriteria,
  request: Parameters<ReturnType<typeof indexOf>["messages"]>[1],
): Promise<object> {
  const index = indexOf(node);
  const blockNumber = transaction && node.chain.locate(transaction)?.block.header.number;
  if (transaction !== undefined && blockNumber === undefined) return encodePage(NOTHING, identity);
  const at = transaction && { hash: transaction, blockNumber: blockNumber! };
  const { items, ...rest } = index.messages({ ...filter, transaction: at }, request);
  const found = await findMessages(
    node,
    items.map(({ id }) => id),
  );
  // A reorganisation can remove messages in the meantime.
  const shown = found.filter(
    (message) => message !== undefined && (status ?? message.status) === message.status,
  );
  return encodePage({ items: shown as object[], ...rest }, identity);
}

const NOTHING: Page<object> = { items: [] };
const identity = (item: object): object => item;

function deliveredMessage(chain: ChainView, transaction: Hash): Hash | undefined {
  const place = chain.locate(transaction);
  const entry = place && entryAt(place.block, place.index);
  return entry !== undefined && "message" in entry ? messageId(entry.message) : undefined;
}
