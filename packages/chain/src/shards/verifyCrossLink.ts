import type { ShardRecord } from "@trellis/contracts";
import { type Certificate, type CrossLink, headerHash } from "@trellis/protocol";
import { shardErrors } from "./errors.ts";

interface CrossLinkOptions {
  /** Of shard 0's state. */
  readonly epoch: number;
  /** Younger sets can be slashed (STAKE-17). */
  readonly unbondingEpochs: number;
}

interface CrossLinkPorts {
  /** Against the set of the certificate's epoch. */
  readonly verifyCertificate: (certificate: Certificate) => void;
}

/**
 * The certificate makes the header's block final, and the header proves the state root. [SHARD-14.4] [SHARD-15]
 * @param record at the selected parent of the block that contains the cross-link
 * @returns the next record
 * @throws CROSS_LINK_OLD, CROSS_LINK_AHEAD, CROSS_LINK_INVALID, CROSS_LINK_CONFLICTING, errors of verifyCertificate
 */
export function verifyCrossLink(
  { header, certificate }: CrossLink,
  record: ShardRecord,
  { epoch: currentEpoch, unbondingEpochs }: CrossLinkOptions,
  { verifyCertificate }: CrossLinkPorts,
): ShardRecord {
  const { shard } = record;
  const { anchor, number, stateRoot } = header;
  const { epoch, height, step, value } = certificate;
  const hash = headerHash(header);
  const facts = { shard, epoch, height, number, hash };
  const invalid = (reason: string) => shardErrors.CROSS_LINK_INVALID({ reason, ...facts });
  if (header.shard !== shard) throw invalid("header of another shard");
  if (step !== "precommit") throw invalid("certificate of prevotes");
  if (value !== hash) throw invalid("certificate of another block");
  if (anchor === undefined || anchor.epoch > currentEpoch)
    throw invalid("anchor missing, or of a later epoch");

  const recorded = { recordedHeight: record.height, recordedHash: record.hash, recordedEpoch: record.epoch };
  const isSameHeight = height === record.height && epoch === record.certifiedIn;
  const isOld = isSameHeight ? hash === record.hash : height <= record.height || epoch < record.epoch;
  if (isOld || epoch + unbondingEpochs <= currentEpoch)
    throw shardErrors.CROSS_LINK_OLD({ ...facts, ...recorded });
  if (!isSameHeight && epoch > record.epoch) throw shardErrors.CROSS_LINK_AHEAD({ ...facts, ...recorded });
  verifyCertificate(certificate);
  // Not the peer's fault: more than a third of the set has signed two histories. [SHARD-15.4]
  if (isSameHeight || number <= record.number)
    throw shardErrors.CROSS_LINK_CONFLICTING({ ...facts, ...recorded });
  // An older anchor must not return the vote to an earlier set.
  return {
    ...{ shard, height, number, hash, stateRoot, certifiedIn: epoch },
    epoch: Math.max(epoch, anchor.epoch),
  };
}
