import { bigintToBytes, concatBytes, type Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { transfersOf } from "./transfersOf.ts";

const TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const SINGLE = "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62";
const BATCH = "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb";

const [operator, from, to] = ["0a", "0b", "0c"].map((byte) => `0x${byte.repeat(20)}` as Hex);
const topic = (address: Hex): Hex => `0x${"00".repeat(12)}${address.slice(2)}`;
const words = (...values: readonly number[]): Uint8Array =>
  concatBytes(...values.map((value) => bigintToBytes(BigInt(value), 32)));
const parties = [operator, from, to].map((address) => topic(address!));
const log = (topics: readonly Hex[], data: Uint8Array) =>
  transfersOf({ address: `0x${"11".repeat(20)}`, topics: [...topics], data });

describe("ERC-20 and ERC-721", () => {
  const [, fromTopic, toTopic] = parties;

  it("differ by the position of the number", () => {
    expect(log([TRANSFER, fromTopic!, toTopic!], words(7))).toEqual([
      { standard: "erc20", from, to, amount: 7n },
    ]);
    expect(log([TRANSFER, fromTopic!, toTopic!, `0x${"00".repeat(31)}05`], words())).toEqual([
      { standard: "erc721", from, to, tokenId: 5n, amount: 1n },
    ]);
  });

  it("ignores a log with other data, or without addresses", () => {
    expect(log([TRANSFER, fromTopic!, toTopic!], words(7, 7))).toEqual([]);
    expect(log([TRANSFER, `0x${"ff".repeat(32)}`, toTopic!], words(7))).toEqual([]);
    expect(log([`0x${"ff".repeat(32)}`, fromTopic!, toTopic!], words(7))).toEqual([]);
  });
});

describe("ERC-1155", () => {
  it("one token", () => {
    expect(log([SINGLE, ...parties], words(5, 7))).toEqual([
      { standard: "erc1155", from, to, tokenId: 5n, amount: 7n },
    ]);
    expect(log([SINGLE, ...parties], words(5))).toEqual([]);
    expect(log([SINGLE, ...parties.slice(1)], words(5, 7))).toEqual([]);
  });

  it("tokens of a batch", () => {
    expect(log([BATCH, ...parties], words(64, 160, 2, 5, 6, 2, 70, 80))).toEqual([
      { standard: "erc1155", from, to, tokenId: 5n, amount: 70n },
      { standard: "erc1155", from, to, tokenId: 6n, amount: 80n },
    ]);
    expect(log([BATCH, ...parties], words(64, 96, 0, 0))).toEqual([]);
  });

  it.each([
    ["arrays of different lengths", words(64, 160, 2, 5, 6, 1, 70)],
    ["an array that ends too early", words(64, 160, 2, 5, 6, 2, 70)],
    ["an array beyond the data", words(64, 256, 2, 5, 6, 2, 70, 80)],
    ["an offset of all bits", concatBytes(new Uint8Array(32).fill(255), words(64, 1, 5))],
    ["no arrays", words()],
  ])("ignores a batch with %s", (_, data) => {
    expect(log([BATCH, ...parties], data)).toEqual([]);
  });

  it("accepts up to 1,000 tokens a batch, and ignores a larger one", () => {
    const batch = (count: number) => {
      const items = Array<number>(count).fill(1);
      return words(64, 64 + 32 * (count + 1), count, ...items, count, ...items);
    };
    expect(log([BATCH, ...parties], batch(1_000))).toHaveLength(1_000);
    expect(log([BATCH, ...parties], batch(1_001))).toEqual([]);
  });
});
