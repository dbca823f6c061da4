import type { CrossLink, Hash } from "@trellis/protocol";
import { type CertifiedBlock, certificatesToRecord, type ShardCheckpoint } from "./lastCheckpoint.ts";

/**
 * Those that can be recorded after `record`, in this order. Their own shard's chain has chosen them.
 * @param links of one shard, by ascending height
 */
export function crossLinksAfter(record: ShardCheckpoint, links: readonly CrossLink[]): readonly CrossLink[] {
  const byBlock = new Map(links.map((link) => [link.certificate.value, link]));
  const blockOf = (hash: Hash): CertifiedBlock => ({
    anchorEpoch: byBlock.get(hash)!.header.anchor?.epoch ?? 0,
    descendsFrom: () => true,
  });
  const certificates = links.map(({ certificate }) => certificate);
  return certificatesToRecord(record, certificates, blockOf).map(({ value }) => byBlock.get(value)!);
}
