import { quantityToHex } from "@trellis/base";
import { type BlockMessage, blockMessages } from "@trellis/contracts";
import type { ChainBlock, ChainEvent } from "@trellis/protocol";
import { asObject, malformed, optionalField } from "../decoding/Decoder.ts";
import { address, hash } from "../decoding/hex.ts";
import { shardNumber } from "../decoding/messageFilter.ts";
import { encodeMessageFields, encodePlace } from "../shards/messageRecords.ts";
import type { Topic } from "./Topic.ts";

/** What this shard's chain sends and delivers, and its final blocks. [RPC-35] */
export const messagesTopic: Topic = ({ feeds }, options) => {
  const isWanted = wantedBy(options ?? {});
  return (emit, client) => feeds.chain.join(client, emit, (event) => messagesJson(event, isWanted));
};

type Wanted = (found: BlockMessage) => boolean;

/** @throws RPC_PARAMETERS_INVALID */
function wantedBy(options: unknown): Wanted {
  const object = asObject(options, "options");
  const unknown = Object.keys(object).find((name) => !["id", "sender", "recipient", "shard"].includes(name));
  if (unknown !== undefined) malformed(`messages have no filter ${unknown.slice(0, 32)}`);
  const id = optionalField(object, "id", hash);
  const sender = optionalField(object, "sender", address);
  const recipient = optionalField(object, "recipient", address);
  const shard = optionalField(object, "shard", shardNumber);
  return (found) =>
    (id ?? found.id) === found.id &&
    (sender ?? found.message.sender) === found.message.sender &&
    (recipient ?? found.message.to) === found.message.to &&
    (shard === undefined || [found.message.source, found.message.destination].includes(shard));
}

function* messagesJson(event: ChainEvent, isWanted: Wanted): Generator<string | undefined> {
  if (event.kind === "finalized")
    yield JSON.stringify({ kind: "finalized", number: quantityToHex(event.number), hash: event.hash });
  if (event.kind !== "added" && event.kind !== "removed") return;
  for (const found of blockMessages(event.block))
    yield found !== undefined && isWanted(found) ? messageJson(event.block, found, event.kind) : undefined;
}

function messageJson(
  { hash: block, header: { shard, number, timestampMs } }: ChainBlock,
  { id, message, transactionHash, logIndex, outcome, refund }: BlockMessage,
  kind: "added" | "removed",
): string {
  return JSON.stringify({
    kind: outcome === undefined ? "sent" : "delivered",
    isRemoved: kind === "removed",
    id,
    message: encodeMessageFields(id, message),
    place: encodePlace(
      { block, blockNumber: number, timestampMs, transactionHash, logIndex },
      { shard, isFinal: false },
    ),
    ...(outcome !== undefined && { outcome, refund: refund ?? null }),
  });
}
