import type { ChainBlock } from "@trellis/protocol";
import { expect, it } from "vitest";
import { missedBlocks } from "./missedBlocks.ts";

it("blocks without an event are those above the last known one, in order", () => {
  const blocks = [3, 4, 5, 6].map((number) => ({ header: { number } }) as ChainBlock);
  const view = {
    head: () => blocks.at(-1)!,
    blockByNumber: (number: number) => blocks.find(({ header }) => header.number === number),
  };
  const missedFrom = (known: number) =>
    missedBlocks(view, ({ header }) => header.number === known).map(({ header }) => header.number);
  expect(missedFrom(4)).toEqual([5, 6]);
  expect(missedFrom(6)).toEqual([]);
  expect(missedFrom(0)).toEqual([3, 4, 5, 6]);
});
