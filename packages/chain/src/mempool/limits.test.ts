import { describe, expect, it } from "vitest";
import { checkLimits, DEFAULT_MEMPOOL_LIMITS, type MempoolLimits } from "./limits.ts";

const PARAMETERS = { transactionBytesMax: 128 * 1024 };

describe("checkLimits", () => {
  it("accepts the default", () => {
    expect(() => checkLimits(DEFAULT_MEMPOOL_LIMITS, PARAMETERS)).not.toThrow();
  });

  it.each<[string, Partial<MempoolLimits>]>([
    ["counts and bytes are positive integers", { countMax: 0.5 }],
    ["counts and bytes are positive integers", { journalRotationBytes: 0 }],
    ["senderQueuedMax and queuedLifetimeMs are integers from 0", { queuedLifetimeMs: -1 }],
    ["senderCountMax <= countMax", { countMax: 16_383 }],
    ["senderBytesMax <= bytesMax", { bytesMax: 1024 }],
    ["senderQueuedMax <= senderCountMax", { senderQueuedMax: 16_385 }],
    ["senderCountMax <= nonceAheadMax + 1", { nonceAheadMax: 16_382 }],
    ["transactionBytesMax <= senderBytesMax", { senderBytesMax: 128 * 1024 - 1 }],
    ["tipFloorWei >= 0", { tipFloorWei: -1n }],
  ])("ARGUMENT_INVALID: %s", (rule, limits) => {
    expect(() => checkLimits({ ...DEFAULT_MEMPOOL_LIMITS, ...limits }, PARAMETERS)).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID", facts: { rule } }),
    );
  });
});
