import type { Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { createTokenReader } from "./createTokenReader.ts";

const TOKEN: Hex = `0x${"70".repeat(20)}`;
const BLOCK: Hex = `0x${"b1".repeat(32)}`;
const SYMBOL: Hex = "0x95d89b41";

const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const hexOf = (text: string): string => Buffer.from(text).toString("hex");
const string = (text: string, length = Buffer.byteLength(text)): Hex =>
  `0x${word(32n)}${word(BigInt(length))}${hexOf(text).padEnd(Math.ceil(Buffer.byteLength(text) / 32) * 64, "0")}`;

const SIX: Hex = `0x${word(6n)}`;

function tokenThatSays(symbol: Hex | undefined, decimals: Hex | undefined) {
  const calls: Hex[] = [];
  const read = createTokenReader({
    async call(_, data) {
      calls.push(data);
      return data === SYMBOL ? symbol : decimals;
    },
  });
  return { calls, read: () => read(TOKEN, BLOCK) };
}

describe("token metadata", () => {
  it("is requested once", async () => {
    const { calls, read } = tokenThatSays(string("USDC"), SIX);
    await Promise.all([read(), read()]);
    expect(await read()).toEqual({ token: TOKEN, symbol: "USDC", decimals: 6 });
    expect(calls).toHaveLength(2);
  });

  it("is requested again if the node did not answer", async () => {
    let isAway = true;
    const read = createTokenReader({
      async call() {
        if (isAway) throw new RangeError("away");
        return string("A");
      },
    });
    await expect(read(TOKEN, BLOCK)).rejects.toThrow("away");
    isAway = false;
    expect(await read(TOKEN, BLOCK)).toMatchObject({ symbol: "A" });
  });

  it.each<[string, Hex | undefined, string | undefined]>([
    ["bytes32, as in the oldest tokens", `0x${hexOf("MKR").padEnd(64, "0")}`, "MKR"],
    ["nothing", undefined, undefined],
    ["no bytes", "0x", undefined],
    ["half a byte", "0x1", undefined],
    ["an empty text", string(""), undefined],
    ["a text with another offset", `0x${word(2n ** 255n)}${word(1n)}`, undefined],
    ["shorter than its length", string("ABC", 2 ** 50), "ABC"],
    ["a text of a million letters", string("A".repeat(1_000_000)), `${"A".repeat(31)}…`],
    ["marks of text direction", string("\u202eCDSU\u0000\n\u200b"), "CDSU"],
    ["a script", string("<script>alert(1)</script>"), "<script>alert(1)</script>"],
  ])("is sanitized for the symbol %s", async (_, said, symbol) => {
    expect((await tokenThatSays(said, SIX).read()).symbol).toBe(symbol);
  });

  it.each<[Hex | undefined, number | undefined]>([
    [undefined, undefined],
    ["0x", undefined],
    [`0x${word(256n)}`, undefined],
    [`0x${word(6n)}${word(6n)}`, undefined],
    [`0x${word(255n)}`, 255],
  ])("has decimals of one byte, or none: %s", async (said, decimals) => {
    const { read } = tokenThatSays(string("A"), said);
    expect((await read()).decimals).toBe(decimals);
  });
});
