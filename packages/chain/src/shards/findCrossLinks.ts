import { isTrellisError } from "@trellis/base";
import { type RecordedCrossLink, readShardRecord, type ShardRecord } from "@trellis/contracts";
import {
  type Certificate,
  CROSS_LINKS_MAX,
  type CrossLink,
  type CrossShardLists,
  type StateReader,
} from "@trellis/protocol";
import { shardErrors } from "./errors.ts";
import { verifyCrossLink } from "./verifyCrossLink.ts";

interface CrossLinksOptions {
  /** Number of shards. */
  readonly count: number;
  /** Of `state`. */
  readonly epoch: number;
  readonly unbondingEpochs: number;
}

interface CrossLinksPorts {
  /** False for a wrong signature. */
  readonly isCertificate: (shard: number, certificate: Certificate) => boolean;
}

/**
 * Cross-links that a chain block of shard 0 records. A refused one is skipped; after a wrong signature, so is the
 * rest of its carrier. [SHARD-14.4]
 * @param state of the selected parent
 * @param carriers in execution order
 */
export function findCrossLinks(
  state: StateReader,
  carriers: readonly Pick<CrossShardLists, "crossLinks">[],
  { count, ...options }: CrossLinksOptions,
  { isCertificate }: CrossLinksPorts,
): RecordedCrossLink[] {
  const records = new Map<number, ShardRecord>();
  const found: RecordedCrossLink[] = [];
  for (const { crossLinks } of carriers) {
    for (const crossLink of crossLinks) {
      if (found.length === CROSS_LINKS_MAX) return found;
      const { shard } = crossLink.header;
      if (shard === 0 || shard >= count) continue;
      const verdict = verdictOn(crossLink, records.get(shard) ?? readShardRecord(state, shard));
      if (verdict === "forged") break;
      if (verdict === "refused") continue;
      records.set(shard, verdict);
      found.push({ record: verdict, signers: crossLink.certificate.signers });
    }
  }
  return found;

  function verdictOn(crossLink: CrossLink, record: ShardRecord): ShardRecord | "refused" | "forged" {
    let isForged = false;
    const verifyCertificate = (certificate: Certificate): void => {
      isForged = !isCertificate(record.shard, certificate);
      if (isForged) throw shardErrors.CROSS_LINK_INVALID({ reason: "wrong signature", shard: record.shard });
    };
    try {
      return verifyCrossLink(crossLink, record, options, { verifyCertificate });
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      return isForged ? "forged" : "refused";
    }
  }
}
