import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  bigintToBytes,
  bigintToMinimalBytes,
  bytesEqual,
  bytesToBigint,
  bytesToHex,
  bytesToKey,
  compareBytes,
  concatBytes,
  hexToBytes,
  isHex,
  quantityToHex,
} from "../index.ts";

const bytes = fc.uint8Array({ maxLength: 80 });

describe("hexadecimal", () => {
  it("bytes survive a round trip", () => {
    fc.assert(fc.property(bytes, (value) => bytesEqual(hexToBytes(bytesToHex(value)), value)));
    const fromKey = (key: string) => Uint8Array.from(key, (character) => character.charCodeAt(0));
    fc.assert(fc.property(bytes, (value) => bytesEqual(fromKey(bytesToKey(value)), value)));
  });

  it("reads both cases and writes lower case", () => {
    expect(bytesToHex(hexToBytes("0xAbCd"))).toBe("0xabcd");
  });

  it("writes only the view of a larger buffer", () => {
    expect(bytesToHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe("0x0203");
  });

  it.each(["", "0", "abcd", "0xabc", "0xzz", "0x ab", "0X00", "0x0é", "0xğ0"])("HEX_INVALID: %j", (text) => {
    expect(() => hexToBytes(text)).toThrowError(expect.objectContaining({ code: "HEX_INVALID" }));
    expect(isHex(text)).toBe(false);
  });

  it("writes and reads the same where Uint8Array has no toHex", async () => {
    const { toHex } = Uint8Array.prototype;
    Reflect.deleteProperty(Uint8Array.prototype, "toHex");
    vi.resetModules();
    const portable = await import("./hex.ts");
    Uint8Array.prototype.toHex = toHex;
    fc.assert(fc.property(bytes, (value) => portable.bytesToHex(value) === bytesToHex(value)));
    fc.assert(fc.property(bytes, (value) => bytesEqual(portable.hexToBytes(bytesToHex(value)), value)));
    expect(() => portable.hexToBytes("0x0g")).toThrowError(expect.objectContaining({ code: "HEX_INVALID" }));
  });

  it("may require a length", () => {
    expect(isHex("0x0102", 2)).toBe(true);
    expect(isHex("0x0102", 3)).toBe(false);
  });

  it("quantities have no leading zeros", () => {
    expect([quantityToHex(0), quantityToHex(255n), quantityToHex(4096)]).toEqual(["0x0", "0xff", "0x1000"]);
  });
});

describe("integers", () => {
  it("survive a round trip, padded and minimal", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
        expect(bytesToBigint(bigintToBytes(value, 32))).toBe(value);
        expect(bytesToBigint(bigintToMinimalBytes(value))).toBe(value);
        expect(bigintToMinimalBytes(value)[0]).not.toBe(0);
      }),
    );
  });

  it("HEX_INVALID: an odd number of digits", () => {
    expect(() => bigintToBytes(0x123n, 1)).toThrowError(expect.objectContaining({ code: "HEX_INVALID" }));
  });

  it("zero is empty", () => {
    expect(bigintToMinimalBytes(0n)).toHaveLength(0);
    expect(bytesToBigint(new Uint8Array(0))).toBe(0n);
  });
});

describe("order and joining", () => {
  it("compares bytes like text", () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const expected = bytesToHex(a) < bytesToHex(b) ? -1 : bytesToHex(a) > bytesToHex(b) ? 1 : 0;
        expect(Math.sign(compareBytes(a, b))).toBe(expected);
      }),
    );
  });

  it("joins in order", () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(
      Uint8Array.of(1, 2, 3),
    );
  });
});
