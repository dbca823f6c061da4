import { ANCHORED_HEADER_VERSION, type Block, type NetworkParameters } from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";

/** [SHARD-14] [SHARD-14.3] */
export function verifyCrossShardLists(
  { header, body }: Block,
  { sharding }: Pick<NetworkParameters, "sharding">,
): void {
  const { shard, version } = header;
  const { certificates, evidence, crossShard } = body;
  if ((crossShard !== undefined) !== (version === ANCHORED_HEADER_VERSION))
    throw ruleErrors.BLOCK_INVALID({ reason: "body of another version", version });
  if (crossShard === undefined) return;
  const { batches, crossLinks } = crossShard;
  const shards = sharding?.count ?? 1;
  const sources = new Set<number>();
  for (const { source } of batches) {
    if (source === shard || source >= shards)
      throw ruleErrors.BLOCK_INVALID({ reason: "batch of the own or an unknown shard", source, shards });
    if (sources.has(source)) throw ruleErrors.BLOCK_INVALID({ reason: "second batch of a shard", source });
    sources.add(source);
  }
  const coordinatedCount = certificates.length + evidence.length + crossLinks.length;
  if (shard > 0 && coordinatedCount > 0)
    throw ruleErrors.BLOCK_INVALID({ reason: "votes or cross-links outside shard 0", shard });
}
