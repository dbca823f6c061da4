import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlidingWindow } from "./SlidingWindow.ts";

const WINDOW_MS = 1_600;
const PART_MS = WINDOW_MS / 16;
const LIMIT = 20;

const calls = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 700 }), cost: fc.integer({ min: 1, max: 8 }) }),
  { maxLength: 80 },
);

function costSince(log: readonly { atMs: number; cost: number }[], fromMs: number): number {
  return log.filter(({ atMs }) => atMs > fromMs).reduce((sum, { cost }) => sum + cost, 0);
}

describe("SlidingWindow [GUARD-3]", () => {
  it("no span of the window exceeds the limit, and a refusal is never more than a part too strict", () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 0, max: 10 ** 12 }), (given, startMs) => {
        const window = new SlidingWindow(WINDOW_MS);
        const log: { atMs: number; cost: number }[] = [];
        let nowMs = startMs;
        for (const { afterMs, cost } of given) {
          nowMs += afterMs;
          const isAdmitted = window.take(nowMs, cost, LIMIT);
          if (isAdmitted) log.push({ atMs: nowMs, cost });
          expect(costSince(log, nowMs - WINDOW_MS)).toBeLessThanOrEqual(LIMIT);
          if (!isAdmitted) expect(costSince(log, nowMs - WINDOW_MS - PART_MS) + cost).toBeGreaterThan(LIMIT);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("a refused cost fits after the wait, and not a millisecond earlier", () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: LIMIT }), (given, cost) => {
        const window = new SlidingWindow(WINDOW_MS);
        let nowMs = 1_000_000;
        for (const { afterMs, cost: earlier } of given) {
          nowMs += afterMs;
          window.take(nowMs, earlier, LIMIT);
        }
        const waitMs = window.waitMs(nowMs, cost, LIMIT);
        expect(waitMs).toBeLessThanOrEqual(WINDOW_MS + PART_MS);
        if (waitMs > 1) expect(window.used(nowMs + waitMs - 1) + cost).toBeGreaterThan(LIMIT);
        expect(window.take(nowMs + waitMs, cost, LIMIT)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a refund undoes exactly its cost, for as long as the cost counts", () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 0, max: 4_000 }), (given, laterMs) => {
        const [window, other] = [new SlidingWindow(WINDOW_MS), new SlidingWindow(WINDOW_MS)];
        let nowMs = 5_000_000;
        for (const { afterMs, cost } of given) {
          nowMs += afterMs;
          window.take(nowMs, cost, LIMIT);
          other.take(nowMs, cost, LIMIT);
        }
        window.add(nowMs, 7);
        const { part } = window;
        window.used(nowMs + laterMs);
        window.refund(part, 7);
        expect(window.used(nowMs + laterMs)).toBe(other.used(nowMs + laterMs));
      }),
    );
  });

  it("counts a cost above the limit as the limit", () => {
    const window = new SlidingWindow(WINDOW_MS);
    expect(window.take(0, 200, LIMIT)).toBe(true);
    expect(window.take(0, 1, LIMIT)).toBe(false);
    expect(window.take(WINDOW_MS, 1, LIMIT)).toBe(false);
    expect(window.take(WINDOW_MS + PART_MS, 1, LIMIT)).toBe(true);
  });

  it("clock steps neither lift a limit nor keep it forever", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 10), max: -1 }), (stepMs) => {
        const window = new SlidingWindow(WINDOW_MS);
        const nowMs = 10 ** 11;
        expect(window.take(nowMs, LIMIT, LIMIT)).toBe(true);
        expect(window.take(nowMs + stepMs, 1, LIMIT)).toBe(false);
        expect(window.take(nowMs + stepMs + 2 * WINDOW_MS + 2 * PART_MS, 1, LIMIT)).toBe(true);
      }),
    );
  });
});
