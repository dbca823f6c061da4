import { baseErrors } from "@trellis/base";
import type { NetworkParameters } from "@trellis/protocol";

/** Byte limits apply to encoded transactions. */
export interface MempoolLimits {
  readonly countMax: number;
  readonly bytesMax: number;
  /** Per sender, pending and queued. */
  readonly senderCountMax: number;
  readonly senderBytesMax: number;
  /** Per sender; checked at admission. */
  readonly senderQueuedMax: number;
  readonly nonceAheadMax: number;
  readonly queuedLifetimeMs: number;
  /** Minimum tip of remote transactions. wei per gas */
  readonly tipFloorWei: bigint;
  readonly floorHalfLifeMs: number;
  /** Journals below this size are not rewritten. */
  readonly journalRotationBytes: number;
}

/** `countMax` is 13 s of 10,000 transactions per second. */
export const DEFAULT_MEMPOOL_LIMITS: MempoolLimits = {
  countMax: 131_072,
  // 1 KiB per transaction. Transfers have 120 bytes, so `countMax` limits them.
  bytesMax: 128 * 1024 * 1024,
  // An eighth of the pool, so that one busy sender cannot fill it.
  senderCountMax: 16_384,
  senderBytesMax: 16 * 1024 * 1024,
  // Parallel submissions arrive out of order by about this many nonces.
  senderQueuedMax: 1_024,
  nonceAheadMax: 16_384 + 1_024,
  queuedLifetimeMs: 3 * 60 * 60 * 1000,
  tipFloorWei: 1n,
  floorHalfLifeMs: 30_000,
  // 140,000 transfers: at 10,000/s, one rewrite with a flush every 14 s.
  journalRotationBytes: 16 * 1024 * 1024,
};

/** Minimum increase of both fees for a replacement. */
export const PRICE_BUMP_PERCENT = 10n;

export function checkLimits(
  limits: MempoolLimits,
  parameters: Pick<NetworkParameters, "transactionBytesMax">,
): void {
  const rules: Record<string, boolean> = {
    "counts and bytes are positive integers": [
      limits.countMax,
      limits.bytesMax,
      limits.senderCountMax,
      limits.senderBytesMax,
      limits.floorHalfLifeMs,
      limits.journalRotationBytes,
    ].every((limit) => Number.isSafeInteger(limit) && limit > 0),
    "senderQueuedMax and queuedLifetimeMs are integers from 0": [
      limits.senderQueuedMax,
      limits.queuedLifetimeMs,
    ].every((limit) => Number.isSafeInteger(limit) && limit >= 0),
    "senderCountMax <= countMax": limits.senderCountMax <= limits.countMax,
    "senderBytesMax <= bytesMax": limits.senderBytesMax <= limits.bytesMax,
    "senderQueuedMax <= senderCountMax": limits.senderQueuedMax <= limits.senderCountMax,
    "senderCountMax <= nonceAheadMax + 1": limits.senderCountMax <= limits.nonceAheadMax + 1,
    "transactionBytesMax <= senderBytesMax": parameters.transactionBytesMax <= limits.senderBytesMax,
    "tipFloorWei >= 0": limits.tipFloorWei >= 0n,
  };
  for (const [rule, holds] of Object.entries(rules)) {
    if (!holds) throw baseErrors.ARGUMENT_INVALID({ rule });
  }
}
