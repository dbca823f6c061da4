import type { Certificate, Hash } from "@trellis/protocol";

/** Forks without its block are not selected, and the set of `epoch` votes on the next height. [SHARD-16] */
export interface ShardCheckpoint {
  /** 0 for genesis. */
  readonly height: number;
  readonly hash: Hash;
  readonly epoch: number;
}

export interface CertifiedBlock {
  /** Epoch of its anchor. */
  readonly anchorEpoch: number;
  descendsFrom(ancestor: Hash): boolean;
}

interface Counted {
  readonly certificate: Certificate;
  readonly checkpoint: ShardCheckpoint;
}

/**
 * Without certificates that shard 0 will never record: of a set that votes no more, or off the recorded chain.
 * [SHARD-15.1] [SHARD-15.2] [SHARD-15.3] [SHARD-16]
 * @param record of shard 0
 * @param certificates verified, by ascending height
 * @param blockOf undefined while the block is not stored
 */
export function* countedCertificates(
  record: ShardCheckpoint,
  certificates: Iterable<Certificate>,
  blockOf: (hash: Hash) => CertifiedBlock | undefined,
): Generator<Counted> {
  let last = record;
  for (const certificate of certificates) {
    const { height, epoch, value } = certificate;
    if (height <= last.height || epoch !== last.epoch) continue;
    const block = blockOf(value);
    // Its anchor decides who votes next.
    if (block === undefined) return;
    if (!block.descendsFrom(last.hash)) continue;
    last = { height, hash: value, epoch: Math.max(epoch, block.anchorEpoch) };
    yield { certificate, checkpoint: last };
  }
}

export function lastCheckpoint(...counting: Parameters<typeof countedCertificates>): ShardCheckpoint {
  let [last] = counting;
  for (const { checkpoint } of countedCertificates(...counting)) last = checkpoint;
  return last;
}

/** The newest of each epoch, because heights can be skipped only within an epoch. [SHARD-15.1] */
export function certificatesToRecord(...counting: Parameters<typeof countedCertificates>): Certificate[] {
  const byEpoch = new Map<number, Certificate>();
  for (const { certificate } of countedCertificates(...counting)) byEpoch.set(certificate.epoch, certificate);
  return [...byEpoch.values()];
}
