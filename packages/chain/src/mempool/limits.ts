import { baseErrors } from "@trellis/base";
import type { NetworkParameters } from "@trellis/protocol";

/** How much the mempool holds, for how long, and from which price on. Bytes are those of the encoded transactions. */
export interface MempoolLimits {
  /** Transactions of all senders. */
  readonly countMax: number;
  readonly bytesMax: number;
  /** Transactions of one sender, pending and queued. */
  readonly senderCountMax: number;
  readonly senderBytesMax: number;
  /** Admission of a transaction that cannot run yet ends here, by sender. */
  readonly senderQueuedMax: number;
  /** A nonce is at most this far above the account's. */
  readonly nonceAheadMax: number;
  /** A queued transaction is dropped after waiting this long. */
  readonly queuedLifetimeMs: number;
  /** The least tip ever; transactions submitted to this node are exempt. wei per gas */
  readonly tipFloorWei: bigint;
  /** A floor that rose while the pool was full loses half of its rise in this time. */
  readonly floorHalfLifeMs: number;
  /** The journal of local transactions is not rewritten before it has this many bytes. */
  readonly journalRotationBytes: number;
}

/** A node's limits unless configured: about ten seconds of a saturated network. */
export const DEFAULT_MEMPOOL_LIMITS: MempoolLimits = {
  countMax: 131_072,
  // 1 KiB a transaction on average; transfers have 120 bytes, so that the count binds first for them.
  bytesMax: 128 * 1024 * 1024,
  // An eighth of the pool: one busy sender (an exchange, a load test) cannot take it over.
  senderCountMax: 16_384,
  senderBytesMax: 16 * 1024 * 1024,
  // Submissions of one sender over parallel connections arrive out of order by about this many.
  senderQueuedMax: 1_024,
  nonceAheadMax: 16_384 + 1_024,
  queuedLifetimeMs: 3 * 60 * 60 * 1000,
  tipFloorWei: 1n,
  floorHalfLifeMs: 30_000,
  // 140,000 transfers: at ten thousand a second a rewrite, which waits for the disk, comes every 14 s.
  journalRotationBytes: 16 * 1024 * 1024,
};

/** A replacement pays at least this much more in both fees, and the floor rises by it above what a full pool drops. */
export const PRICE_BUMP_PERCENT = 10n;

/** @throws ARGUMENT_INVALID with the rule that does not hold */
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
