import { evidenceKey } from "../finality/evidence/EvidenceStore.ts";
import type { BlockStore } from "../store/BlockStore.ts";
import type { ChainTables } from "../store/tables.ts";
import type { Problems } from "./Problems.ts";
import type { StoredEnds } from "./verifyMeta.ts";

/** Signatures were verified on arrival, and a checksum covers them. */
export function verifyCertificates(
  tables: ChainTables,
  blocks: BlockStore,
  { base, finalHeight }: StoredEnds,
  problems: Problems,
): void {
  let below = -1;
  for (const [height, { height: named, step, value }] of tables.certificates.range({})) {
    problems.expect(`certificates: the height of ${value}`, named, height);
    problems.expect(`certificates: the step at height ${height}`, step, "precommit");
    const number = blocks.header(value)?.number;
    // The block has not arrived, or is pruned.
    if (height > finalHeight || number === undefined) continue;
    // Outside shard 0, a certificate makes no block final, and can become void. [SHARD-15.3] [SHARD-16]
    if (base.shard > 0) continue;
    const isIndexed = tables.chainIndex.get(number) === value || !tables.chainIndex.has(number);
    if (!isIndexed || number > base.number || number <= below) {
      problems.add(`certificates: height ${height} names ${value}, which is not final`);
    }
    below = number;
  }
  for (const [epoch, { epoch: named }] of tables.setChanges.range({})) {
    problems.expect("setChanges: the epoch", named, epoch);
  }
  for (const [key, evidence] of tables.evidence.range({})) {
    problems.expect("evidence: its key", key, evidenceKey(evidence));
  }
}
