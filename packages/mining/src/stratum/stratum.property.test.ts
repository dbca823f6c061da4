import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DIFFICULTY_1_HASHES, difficultyToTarget, targetToDifficulty } from "../workers/difficulty.ts";
import { Extranonces, nonceOf } from "./Extranonces.ts";
import { parseRequest } from "./parseRequest.ts";

describe("parseRequest", () => {
  it("reads requests of both versions of JSON-RPC", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(null), fc.integer(), fc.string({ maxLength: 64 })),
        fc.string({ maxLength: 64 }),
        fc.array(fc.jsonValue(), { maxLength: 16 }),
        (id, method, params) => {
          const line = JSON.stringify({ id, method, params });
          expect(parseRequest(line)).toEqual(JSON.parse(line));
        },
      ),
    );
  });

  it("never throws, and returns only bounded requests", () => {
    const lines = fc.oneof(
      fc.string({ unit: "binary", maxLength: 256 }),
      fc.json(),
      fc.record({ id: fc.anything(), method: fc.anything(), params: fc.anything() }).map((value) => {
        try {
          return JSON.stringify(value) ?? "";
        } catch {
          return "";
        }
      }),
    );
    fc.assert(
      fc.property(lines, (line) => {
        const request = parseRequest(line);
        if (request === undefined) return;
        expect(typeof request.method).toBe("string");
        expect(request.method.length).toBeLessThanOrEqual(64);
        expect(request.params.length).toBeLessThanOrEqual(16);
        expect(request.id === null || ["number", "string"].includes(typeof request.id)).toBe(true);
      }),
    );
  });

  it.each([
    "",
    "null",
    "[]",
    "7",
    "{}",
    '{"method":7}',
    '{"method":"a","params":{}}',
    '{"method":"a","id":{}}',
    '{"method":"a","id":true}',
    `{"method":"${"a".repeat(65)}"}`,
    `{"method":"a","id":"${"1".repeat(65)}"}`,
    `{"method":"a","params":[${Array(17).fill(1)}]}`,
    "[".repeat(4_096),
  ])("refuses %.40s", (line) => {
    expect(parseRequest(line)).toBeUndefined();
  });
});

describe("difficulty", () => {
  it("and target are inverse, up to the precision of a double", () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -31, max: 2 ** 40, noNaN: true }), (difficulty) => {
        expect(targetToDifficulty(difficultyToTarget(difficulty)) / difficulty).toBeCloseTo(1, 6);
      }),
    );
  });

  it("1 is 2^32 hashes", () => {
    expect(difficultyToTarget(1)).toBe(2n ** 224n);
    expect(difficultyToTarget(2)).toBe(2n ** 223n);
    expect(targetToDifficulty(2n ** 254n - 1n) * DIFFICULTY_1_HASHES).toBeCloseTo(4, 9);
    expect(difficultyToTarget(0)).toBe(2n ** 256n - 1n);
  });

  it("accepts every share of a miner that computes in single precision", () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -12, max: 2 ** 30, noNaN: true }), (difficulty) => {
        const inverse = Math.fround(1 / Math.fround(difficulty));
        const scaled = BigInt(Math.round(inverse * 2 ** 64));
        const minersTarget = (scaled * 0xffffn * 2n ** 208n) / 2n ** 64n;
        expect(minersTarget <= difficultyToTarget(difficulty)).toBe(true);
      }),
    );
  });
});

describe("extranonces [STRATUM-3]", () => {
  it("of open connections differ, and released ones return last", () => {
    const extranonces = new Extranonces();
    const taken = Array.from({ length: 1_024 }, () => extranonces.take());
    expect(new Set(taken).size).toBe(1_024);
    expect(taken[0]).toBe("0000");
    extranonces.release("0000");
    expect(extranonces.take()).toBe("0400");
    for (let used = 1_025; used < 65_536; used++) extranonces.take();
    expect(extranonces.take()).toBe("0000");
  });

  it("precede nonces that are too short to contain them", () => {
    expect(nonceOf("0x1", "abcd")).toBe(0xabcd_0000_0000_0001n);
    expect(nonceOf("ffffffffffff", "abcd")).toBe(0xabcd_ffff_ffff_ffffn);
    expect(nonceOf("abcd000000000001", "abcd")).toBe(0xabcd_0000_0000_0001n);
    // Without leading zeros, as some miners write it.
    expect(nonceOf("0x1000000000001", "0001")).toBe(0x0001_0000_0000_0001n);
    for (const digits of ["", "0x", "g", "0x12345678901234567", "-1", " 1"])
      expect(nonceOf(digits, "abcd")).toBeUndefined();
  });
});
