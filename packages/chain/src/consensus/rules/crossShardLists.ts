import {
  ANCHORED_HEADER_VERSION,
  type Block,
  type MessageBatch,
  type NetworkParameters,
} from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";

/** [SHARD-8] [SHARD-14] [SHARD-14.3] */
export function verifyCrossShardLists(
  { header, body }: Block,
  { sharding }: Pick<NetworkParameters, "sharding">,
): void {
  const { shard, version } = header;
  const { certificates, evidence, crossShard } = body;
  if ((crossShard !== undefined) !== (version === ANCHORED_HEADER_VERSION))
    throw ruleErrors.BLOCK_INVALID({ reason: "body of another version", version });
  const shards = sharding?.count ?? 1;
  for (const { shard: of = 0 } of evidence)
    if (of >= shards) throw ruleErrors.BLOCK_INVALID({ reason: "evidence of an unknown shard", of, shards });
  if (crossShard === undefined) return;
  const { batches, crossLinks } = crossShard;
  const sources = new Set<number>();
  for (const { source } of batches) {
    if (source === shard || source >= shards)
      throw ruleErrors.BLOCK_INVALID({ reason: "batch of the own or an unknown shard", source, shards });
    if (sources.has(source)) throw ruleErrors.BLOCK_INVALID({ reason: "second batch of a shard", source });
    sources.add(source);
  }
  for (const batch of batches) verifyMessageOrder(batch, shard);
  const coordinatedCount = certificates.length + evidence.length + crossLinks.length;
  if (shard > 0 && coordinatedCount > 0)
    throw ruleErrors.BLOCK_INVALID({ reason: "votes or cross-links outside shard 0", shard });
}

/** Needs no state, unlike the proof. [SHARD-8] */
function verifyMessageOrder({ source, messages }: MessageBatch, destination: number): void {
  const first = messages[0]?.index ?? 0;
  messages.forEach((message, position) => {
    const isInPlace = message.source === source && message.destination === destination;
    if (isInPlace && message.index === first + position) return;
    throw ruleErrors.BLOCK_INVALID({ reason: "message of another queue or position", source, position });
  });
}
