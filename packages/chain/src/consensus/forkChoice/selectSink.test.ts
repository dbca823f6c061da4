import type { Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { selectSink } from "./selectSink.ts";

const [a, b, c]: Hash[] = ["aa", "bb", "cc"].map((byte): Hash => `0x${byte.repeat(32)}`);

function candidatesOf(...hashes: Hash[]) {
  const left = [...hashes];
  return {
    next: () => left[0],
    refuse: (candidate: Hash) => {
      expect(candidate).toBe(left.shift());
    },
  };
}

describe("selectSink [EXEC-19]", () => {
  it("returns the first block whose chain contains the final block and whose state is valid", async () => {
    const tried: Hash[] = [];
    const sink = await selectSink(candidatesOf(a!, b!, c!), {
      isOnFinalChain: (block) => block !== a,
      isStateValid: async (block) => {
        tried.push(block);
        return block !== b;
      },
    });
    expect(sink).toBe(c);
    expect(tried).toEqual([b, c]);
  });

  it("returns undefined when no candidate is left", async () => {
    const never = { isOnFinalChain: () => false, isStateValid: async () => true };
    expect(await selectSink(candidatesOf(a!, b!), never)).toBeUndefined();
  });
});
