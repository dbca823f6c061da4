import { runSteps } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { changeInSteps, listRootInSteps } from "./inSteps.ts";
import { Trie, type TrieChange } from "./Trie.ts";
import { trieRootOfList } from "./trieRootOfList.ts";

const NOTHING_STORED = { get: () => undefined };
const key = (index: number): Uint8Array => keccak256(Uint8Array.of(index >> 8, index & 255));
const CHANGES = fc
  .uniqueArray(fc.tuple(fc.nat(1_500), fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }))), {
    selector: ([index]) => index,
    maxLength: 1_000,
    size: "max",
  })
  .map((changes) => changes.map(([index, value]): TrieChange => [key(index), value]));

it("TRIE-1: a version made in steps equals one made at once", () => {
  fc.assert(
    fc.property(CHANGES, CHANGES, (first, second) => {
      const before = Trie.empty(NOTHING_STORED, new Uint8Array(0)).with(first);
      const stepped = runSteps(changeInSteps(before, second));
      const whole = before.with(second);
      expect(stepped.rootHash()).toBe(whole.rootHash());
      expect([...stepped.entries()]).toEqual([...whole.entries()]);
    }),
    { numRuns: 60 },
  );
});

it("TRIE-7: a list root computed in steps equals one computed at once", () => {
  for (const count of [0, 1, 99, 100, 101, 127, 128, 256, 700]) {
    const items = Array.from({ length: count }, (_, index) => key(index));
    expect(runSteps(listRootInSteps(items))).toBe(trieRootOfList(items));
  }
});
