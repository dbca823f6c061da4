import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "./TokenBucket.ts";

const rate = fc.record({
  perSecond: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 100_000 }),
});
const requests = fc.array(
  fc.record({ waitMs: fc.integer({ min: 0, max: 5_000 }), tokens: fc.integer({ min: 1, max: 1_000 }) }),
  { maxLength: 200 },
);

describe("PEER-12: token bucket", () => {
  it("serves at most burst + rate × time in any span, for any requests", () => {
    fc.assert(
      fc.property(rate, requests, (limits, asked) => {
        const bucket = new TokenBucket(limits, 0);
        const served: { readonly atMs: number; readonly tokens: number }[] = [];
        let nowMs = 0;
        for (const { waitMs, tokens } of asked) {
          nowMs += waitMs;
          if (bucket.take(tokens, nowMs)) served.push({ atMs: nowMs, tokens });
        }
        for (const [first, { atMs: fromMs }] of served.entries()) {
          let sum = 0;
          for (const { atMs, tokens } of served.slice(first)) {
            sum += tokens;
            expect(sum).toBeLessThanOrEqual(
              limits.burst + (limits.perSecond * (atMs - fromMs)) / 1_000 + 1e-6 * limits.burst,
            );
          }
        }
      }),
    );
  });

  it("serves all requests within burst + rate × time", () => {
    fc.assert(
      fc.property(rate, requests, (limits, asked) => {
        const bucket = new TokenBucket(limits, 0);
        let nowMs = 0;
        let own = limits.burst;
        for (const { waitMs, tokens } of asked) {
          nowMs += waitMs;
          own = Math.min(limits.burst, own + (limits.perSecond * waitMs) / 1_000);
          if (tokens > own - 1e-6 * limits.burst) continue;
          own -= tokens;
          expect(bucket.take(tokens, nowMs)).toBe(true);
        }
      }),
    );
  });

  it("takes nothing for a refused request, refuses non-numbers, and pauses when the clock goes back", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 10 }, 1_000);
    expect(bucket.take(11, 1_000)).toBe(false);
    expect(bucket.take(Number.NaN, 1_000)).toBe(false);
    expect(bucket.isFull(1_000)).toBe(true);
    expect(bucket.take(10, 1_000)).toBe(true);
    expect(bucket.take(1, 0)).toBe(false);
    expect(bucket.take(1, 2_000)).toBe(true);
    expect(bucket.take(-5, 2_000)).toBe(true);
    expect(bucket.take(1, 2_000)).toBe(false);
  });
});
