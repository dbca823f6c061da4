import fc from "fast-check";
import type { Hex } from "viem";
import { describe, expect, it } from "vitest";
import { decodeLog } from "./knownEvents.ts";

const TRANSFER: Hex = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const wordOf = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const [ALICE, BOB] = [wordOf(0xa11cen), wordOf(0xb0bn)];

describe("decodeLog", () => {
  it("names a transfer of coins, and one of an item", () => {
    expect(decodeLog([TRANSFER, ALICE, BOB], wordOf(5n))).toEqual({
      name: "Transfer",
      args: [
        { name: "from", type: "address", value: "0x00000000000000000000000000000000000A11cE" },
        { name: "to", type: "address", value: "0x0000000000000000000000000000000000000B0b" },
        { name: "amount", type: "uint256", value: "5" },
      ],
    });
    expect(decodeLog([TRANSFER, ALICE, BOB, wordOf(7n)], "0x")?.args[2]).toEqual({
      name: "tokenId",
      type: "uint256",
      value: "7",
    });
  });

  it("says nothing of what it does not know, whatever the bytes", () => {
    expect(decodeLog([], "0x")).toBeUndefined();
    expect(decodeLog([wordOf(1n)], "0x")).toBeUndefined();
    expect(decodeLog([TRANSFER, ALICE, BOB], "0x")).toBeUndefined();
    const word = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 3 }), fc.uint8Array({ maxLength: 200 }), (topics, data) => {
        decodeLog([TRANSFER, ...topics.map(hex)], hex(data));
      }),
    );
  });
});
