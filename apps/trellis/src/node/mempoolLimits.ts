import { DEFAULT_MEMPOOL_LIMITS, type MempoolLimits } from "@trellis/chain";
import type { MempoolSettings } from "./mempoolSettings.ts";

/** A busy sender must not fill the pool. */
const SENDER_SHARE = 8;

export function mempoolLimits({
  mempoolTransactions: countMax,
  mempoolSize: bytesMax,
  mempoolTip,
}: MempoolSettings): MempoolLimits {
  const senderCountMax = Math.floor(countMax / SENDER_SHARE);
  const senderQueuedMax = Math.min(DEFAULT_MEMPOOL_LIMITS.senderQueuedMax, senderCountMax);
  return {
    ...DEFAULT_MEMPOOL_LIMITS,
    countMax,
    bytesMax,
    senderCountMax,
    senderBytesMax: Math.floor(bytesMax / SENDER_SHARE),
    senderQueuedMax,
    nonceAheadMax: senderCountMax + senderQueuedMax,
    tipFloorWei: BigInt(mempoolTip),
  };
}
