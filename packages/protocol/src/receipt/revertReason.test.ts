import { bigintToBytes, concatBytes, hexToBytes } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { revertReason } from "./revertReason.ts";

const word = (value: number): Uint8Array => bigintToBytes(BigInt(value), 32);
const errorOf = (offset: number, length: number, text: string): Uint8Array =>
  concatBytes(hexToBytes("0x08c379a0"), word(offset), word(length), new TextEncoder().encode(text));
const panicOf = (code: number): Uint8Array => concatBytes(hexToBytes("0x4e487b71"), word(code));

describe("revertReason", () => {
  it("returns the text of Error(string) and the meaning of Panic(uint256)", () => {
    expect(revertReason(errorOf(32, 4, "why?"))).toBe("why?");
    expect(revertReason(panicOf(0x11))).toBe("arithmetic underflow or overflow");
    expect(revertReason(panicOf(0x99))).toBe("unknown panic code: 0x99");
  });

  it("returns nothing for a text outside the data, and for other errors", () => {
    expect(revertReason(errorOf(32, 5, "why?"))).toBeUndefined();
    expect(revertReason(errorOf(999, 4, "why?"))).toBeUndefined();
    expect(revertReason(panicOf(0x11).subarray(0, 35))).toBeUndefined();
    expect(revertReason(hexToBytes("0x01020304"))).toBeUndefined();
    expect(revertReason(new Uint8Array(0))).toBeUndefined();
  });

  it("never throws", () => {
    const selector = fc.constantFrom(hexToBytes("0x08c379a0"), hexToBytes("0x4e487b71"));
    fc.assert(
      fc.property(selector, fc.uint8Array({ maxLength: 200 }), (begin, rest) => {
        revertReason(concatBytes(begin, rest));
      }),
    );
  });
});
