import type { ChainEvent, DagBlock, Hash, Header, StreamParameters } from "@trellis/protocol";
import { expect, it } from "vitest";
import { FinalBlocks } from "./FinalBlocks.ts";

const hashOf = (number: number): Hash => `0x${number.toString(16).padStart(64, "0")}`;
/** A block of the chain, at number 5. */
const MERGING = hashOf(500);

function open() {
  let listener: ((event: ChainEvent) => void) | undefined;
  const blocks = new Map<Hash, Pick<DagBlock, "color" | "mergedBy">>();
  const streams = [{ subsidyWei: 2n }, { subsidyWei: 3n }] as unknown as readonly StreamParameters[];
  const finalBlocks = new FinalBlocks({
    parameters: { streams } as never,
    subscribe(subscribed) {
      listener = subscribed;
      return () => {
        listener = undefined;
      };
    },
    header: () => ({ number: 5 }) as Header,
    dagBlock: (hash) => {
      const block = blocks.get(hash);
      return block && ({ ...block, header: { stream: 1 } } as DagBlock);
    },
  });
  const finals: string[] = [];
  const follow = (number: number) =>
    finalBlocks.follow(hashOf(number), (colour, wei) => void finals.push(`${number} ${colour} ${wei}`));
  const finalize = (number: number) => listener?.({ kind: "finalized", hash: MERGING, number });
  return { finalBlocks, blocks, finals, follow, finalize, isSubscribed: () => listener !== undefined };
}

const BLUE = { color: "blue", mergedBy: MERGING } as const;
const PENDING = { color: undefined, mergedBy: undefined };

it("tells a colour once the merging block is final, whatever it was before", () => {
  const { blocks, finals, follow, finalize } = open();
  blocks.set(hashOf(1), PENDING);
  blocks.set(hashOf(2), BLUE);
  for (const number of [1, 2]) follow(number);
  finalize(4);
  expect(finals).toEqual([]);
  blocks.set(hashOf(2), { color: "red", mergedBy: MERGING });
  finalize(5);
  expect(finals).toEqual(["2 red 3"]);
  blocks.set(hashOf(1), BLUE);
  finalize(6);
  finalize(7);
  expect(finals).toEqual(["2 red 3", "1 blue 3"]);
});

it("forgets a block that a revert has rolled back", () => {
  const { blocks, finals, follow, finalize } = open();
  follow(1);
  finalize(5);
  blocks.set(hashOf(1), BLUE);
  finalize(6);
  expect(finals).toEqual([]);
});

it("checks 64 blocks at a time, in turn, and follows the newest 1,024", () => {
  const { blocks, finals, follow, finalize } = open();
  for (let number = 0; number <= 1_024; number++) {
    blocks.set(hashOf(number), number < 100 ? PENDING : BLUE);
    follow(number);
  }
  finalize(5);
  expect(finals).toEqual([]);
  finalize(5);
  expect(finals).toHaveLength(29);
  for (let check = 0; check < 20; check++) finalize(5);
  expect(finals).toHaveLength(925);
  for (let number = 0; number < 100; number++) blocks.set(hashOf(number), BLUE);
  for (let check = 0; check < 2; check++) finalize(5);
  expect(finals).toHaveLength(1_024);
  expect(finals).not.toContain("0 blue 3");
});

it("stops", () => {
  const { finalBlocks, isSubscribed } = open();
  finalBlocks.stop();
  expect(isSubscribed()).toBe(false);
});
