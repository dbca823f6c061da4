import { type Certificate, type CrossLink, type Hash, ZERO_HASH } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";
import {
  type CertifiedBlock,
  certificatesToRecord,
  lastCheckpoint,
  type ShardCheckpoint,
} from "./lastCheckpoint.ts";
import type { RecordAt } from "./recordsOf.ts";

interface CheckpointPorts extends KnownBlocks {
  readonly certificates: { above(height: number): Iterable<Certificate> };
  readonly anchors: FinalAnchors;
  readonly recordAt: RecordAt;
}

/** Of a shard n > 0, as far as this node knows them. [SHARD-16] */
export interface ShardCheckpoints {
  checkpoint(): ShardCheckpoint;
  /** For a block of shard 0. Newer than its record, in the order in which they can be recorded. [SHARD-14.4] */
  crossLinksAfter(record: ShardCheckpoint): readonly CrossLink[];
}

export function shardCheckpoints(ports: CheckpointPorts): ShardCheckpoints {
  const { blocks, chainDag, certificates, anchors, recordAt } = ports;
  const { dag } = chainDag;
  const genesis = recordAt({ hash: ZERO_HASH, number: 0, epoch: 0 });
  let known = genesis;
  const newestRecord = (): ShardCheckpoint => {
    // Shard 0 may not be open yet.
    const anchor = anchors.newest();
    if (anchor !== undefined) known = recordAt(anchor);
    return known;
  };
  const blockOf = (hash: Hash): CertifiedBlock | undefined => {
    const header = dag.has(hash) ? blocks.header(hash) : undefined;
    if (header === undefined) return undefined;
    return {
      anchorEpoch: header.anchor?.epoch ?? 0,
      descendsFrom: (ancestor) => dag.has(ancestor) && dag.isChainAncestor(ancestor, hash),
    };
  };
  return {
    checkpoint: () => {
      const record = newestRecord();
      return lastCheckpoint(record, certificates.above(record.height), blockOf);
    },
    crossLinksAfter: ({ hash, ...record }) => {
      const from = { ...record, hash: hash === ZERO_HASH ? genesis.hash : hash };
      const waiting = certificatesToRecord(from, certificates.above(record.height), blockOf);
      return waiting.map((certificate) => ({ header: blocks.storedHeader(certificate.value), certificate }));
    },
  };
}
