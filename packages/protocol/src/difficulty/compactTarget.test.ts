import { describe, expect, it } from "vitest";
import { bitsOfExpectedHashes, compactToTarget, targetToCompact, workOfTarget } from "../index.ts";

describe("BLOCK-8", () => {
  const pairs: [number, bigint][] = [
    [0x1d00ffff, 0xffffn << 208n],
    [0x207fffff, 0x7fffffn << 232n],
    [0x03123456, 0x123456n],
    [0x02123400, 0x1234n],
    [0x01120000, 0x12n],
    [0x04123456, 0x12345600n],
    [0x0200ff00, 0xffn],
    [0x2100ffff, 0xffffn << 240n],
  ];
  for (const [bits, target] of pairs) {
    it(`0x${bits.toString(16)}`, () => {
      expect(compactToTarget(bits)).toBe(target);
      expect(targetToCompact(target)).toBe(bits);
    });
  }
  it("reads a longer form than needed, and writes the shortest", () => {
    expect(compactToTarget(0x04001234)).toBe(0x123400n);
    expect(targetToCompact(0x123400n)).toBe(0x03123400);
  });
  it("BITS_INVALID", () => {
    const invalid = [
      0,
      0x01003456,
      0x03800000,
      0x04923456,
      0x21010000,
      0x22000100,
      0xff123456,
      -1,
      1.5,
      2 ** 32,
      0x1d00ffff - 2 ** 32,
      0x1d00ffff + 2 ** 32,
      0x1d00ffff + 0.5,
    ];
    for (const bits of invalid) {
      expect(() => compactToTarget(bits)).toThrow(expect.objectContaining({ code: "BITS_INVALID" }));
    }
    for (const target of [0n, -1n, 2n ** 256n]) {
      expect(() => targetToCompact(target)).toThrow(expect.objectContaining({ code: "BITS_INVALID" }));
    }
  });
});

describe("BLOCK-9", () => {
  it("is 2^256 / (target + 1), rounded down", () => {
    const space = 2n ** 256n;
    for (const target of [1n, 2n, 12345n, 2n ** 200n - 1n, 2n ** 255n - 1n, space - 1n]) {
      expect(workOfTarget(target)).toBe(space / (target + 1n));
    }
  });
  it("matches Bitcoin's genesis", () => expect(workOfTarget(compactToTarget(0x1d00ffff))).toBe(0x100010001n));
  it("of bits for a number of hashes is at least that number", () => {
    for (const hashes of [1n, 2n, 3n, 16n, 1_000n, 2n ** 38n, 2n ** 255n]) {
      const work = workOfTarget(compactToTarget(bitsOfExpectedHashes(hashes)));
      expect(work >= hashes && work <= hashes + hashes / 2n ** 14n + 1n).toBe(true);
    }
  });
});
