import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { newerFinalPoint } from "./finalPoint.ts";

const chain: Hash[] = [0, 1, 2, 3].map((index): Hash => `0x${`0${index}`.repeat(32)}`);
const isChainAncestor = (a: Hash, b: Hash): boolean => chain.indexOf(a) <= chain.indexOf(b);

it("finality never decreases [EXEC-18]", () => {
  expect(newerFinalPoint(chain[1]!, chain[3]!, isChainAncestor)).toBe(chain[3]);
  expect(newerFinalPoint(chain[3]!, chain[1]!, isChainAncestor)).toBe(chain[3]);
  expect(newerFinalPoint(chain[2]!, chain[2]!, isChainAncestor)).toBe(chain[2]);
});
