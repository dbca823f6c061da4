import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectionProbability, shareToCheck } from "./index.ts";

describe("detection probability", () => {
  it("is 1 − (1 − p)^k", () => {
    expect(detectionProbability(0.5, 2)).toBeCloseTo(0.75, 12);
    expect(detectionProbability(0.01, 100)).toBeCloseTo(0.633968, 6);
    expect(detectionProbability(1e-12, 1)).toBeCloseTo(1e-12, 20);
    expect([detectionProbability(0, 5), detectionProbability(1, 5), detectionProbability(1, 0)]).toEqual([
      0, 1, 0,
    ]);
  });

  it("grows with both, and the share to check is its inverse", () => {
    const share = fc.double({ min: 0.0001, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 50 }), (p, k) => {
        const probability = detectionProbability(p, k);
        expect(detectionProbability(p, k + 1)).toBeGreaterThanOrEqual(probability);
        if (probability < 0.999) expect(shareToCheck(probability, k)).toBeCloseTo(p, 6);
      }),
    );
  });

  it.each([
    [-0.1, 1],
    [1.1, 1],
    [Number.NaN, 1],
    [0.5, -1],
    [0.5, 1.5],
  ])("SHARE_INVALID: %d, %d", (share, count) => {
    const refused = expect.objectContaining({ code: "SHARE_INVALID" });
    expect(() => detectionProbability(share, count)).toThrowError(refused);
    expect(() => shareToCheck(share, count)).toThrowError(refused);
  });
});
