import { FakeChainView } from "@trellis/kit/chainView";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainChanges, positionOf } from "./chainChanges.ts";

const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant("reorganise" as const),
    removed: fc.integer({ min: 1, max: 5 }),
    count: fc.integer({ min: 0, max: 6 }),
  }),
  fc.record({ kind: fc.constant("look" as const), page: fc.integer({ min: 1, max: 3 }) }),
);

describe("chainChanges", () => {
  it("leads a client from any position to the head, through any reorganisations", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const chain = new FakeChainView();
        const seen = [chain.head().hash];
        let position = positionOf(chain.head());
        const look = (page: number): void => {
          const changes = chainChanges(chain, position, page);
          for (const { hash } of changes.removed) expect(seen.pop()).toBe(hash);
          seen.push(...changes.added.map(({ hash }) => hash));
          expect(changes.removed.length + changes.added.length).toBeLessThanOrEqual(page);
          expect(seen.at(-1)).toBe(changes.position.hash);
          ({ position } = changes);
        };
        for (const action of steps) {
          if (action.kind === "look") look(action.page);
          else if (action.kind === "add") for (let made = 0; made < action.count; made++) chain.add();
          else {
            const removed = Math.min(action.removed, chain.head().header.number);
            chain.reorganise(removed, Array(action.count).fill({}));
          }
        }
        while (position.hash !== chain.head().hash) look(3);
        const selected = Array.from({ length: chain.head().header.number + 1 }, (_, number) => number);
        expect(seen).toEqual(selected.map((number) => chain.blockByNumber(number)?.hash));
      }),
      { numRuns: 500 },
    );
  });

  it("RPC_CURSOR_UNKNOWN when the position or its successors were pruned", () => {
    const chain = new FakeChainView();
    const position = positionOf(chain.head());
    for (let made = 0; made < 5; made++) chain.add();
    chain.oldest = 3;
    expect(() => chainChanges(chain, position, 10)).toThrow(
      expect.objectContaining({ code: "RPC_CURSOR_UNKNOWN" }),
    );
    chain.oldest = 0;
    const standing = positionOf(chain.blockByNumber(1)!);
    expect(chainChanges(chain, standing, 1).added).toHaveLength(1);
    chain.oldestNumber = () => 3;
    expect(() => chainChanges(chain, standing, 10)).toThrow(
      expect.objectContaining({ code: "RPC_CURSOR_UNKNOWN" }),
    );
    const nowhere = { number: 1, hash: `0x${"12".repeat(32)}` as const };
    expect(() => chainChanges(chain, nowhere, 10)).toThrow(
      expect.objectContaining({ code: "RPC_CURSOR_UNKNOWN" }),
    );
  });
});
