import fc from "fast-check";
import type { Hex } from "viem";
import { describe, expect, it } from "vitest";
import type { DagBlock } from "../live/DagBlock.ts";
import { DagLayout } from "./DagLayout.ts";

function layoutDag(blocks: Iterable<DagBlock>): DagLayout {
  const layout = new DagLayout();
  layout.update(new Map([...blocks].map((block) => [block.hash, block])));
  return layout;
}

function block(
  name: number,
  blueScore: number,
  parents: readonly DagBlock[],
  isChainBlock = false,
): DagBlock {
  return {
    hash: hashOf(name),
    parents: parents.map(({ hash }) => hash),
    blueScore,
    number: blueScore,
    timestampMs: 0,
    stream: 0,
    miner: "0x",
    transactionCount: 0,
    color: "blue",
    isChainBlock,
  };
}

function hashOf(name: number): Hex {
  return `0x${name.toString(16).padStart(64, "0")}`;
}

const dags = fc
  .array(fc.record({ picks: fc.array(fc.nat(), { maxLength: 4 }), more: fc.nat(3), isChain: fc.boolean() }), {
    maxLength: 60,
  })
  .map((steps) => {
    const blocks: DagBlock[] = [block(0, 0, [], true)];
    for (const [index, { picks, more, isChain }] of steps.entries()) {
      const parents = [...new Set(picks.map((pick) => blocks[pick % blocks.length]!))];
      const best = Math.max(0, ...parents.map(({ blueScore }) => blueScore));
      blocks.push(block(index + 1, best + 1 + more, parents, isChain && parents.length > 0));
    }
    return blocks;
  });

describe("layoutDag", () => {
  it("puts the selected chain in the middle and the others around it", () => {
    const root = block(1, 0, [], true);
    const [a, b, c] = [block(2, 1, [root]), block(3, 1, [root], true), block(4, 1, [root])];
    const top = block(5, 4, [b, a, c], true);
    const { places, scores, rowMax } = layoutDag([top, c, b, a, root]);
    expect(scores).toEqual([0, 1, 4]);
    expect([root, b, top].map(({ hash }) => places.get(hash))).toEqual([
      { column: 0, row: 0 },
      { column: 1, row: 0 },
      { column: 2, row: 0 },
    ]);
    expect([a, c].map(({ hash }) => places.get(hash)?.row)).toEqual([1, -1]);
    expect(rowMax).toBe(1);
  });

  it("leaves the middle free where the chain passes", () => {
    const lone = block(2, 1, []);
    expect(layoutDag([lone]).places.get(lone.hash)).toEqual({ column: 0, row: 1 });
  });

  it("has every block in a place of its own, to the right of its parents", () => {
    fc.assert(
      fc.property(dags, (blocks) => {
        const { places } = layoutDag(blocks);
        const taken = new Set([...places.values()].map(({ column, row }) => `${column}:${row}`));
        expect(taken.size).toBe(blocks.length);
        for (const { hash, parents } of blocks) {
          for (const parent of parents) {
            expect(places.get(parent)!.column).toBeLessThan(places.get(hash)!.column);
          }
        }
      }),
    );
  });

  it("does not depend on the order in which blocks come", () => {
    fc.assert(
      fc.property(dags, (blocks) => {
        expect(layoutDag(blocks.toReversed()).places).toEqual(layoutDag(blocks).places);
      }),
    );
  });

  it("is not moved by what comes at the right", () => {
    fc.assert(
      fc.property(dags, fc.nat(), (blocks, at) => {
        const limit = blocks[at % blocks.length]!.blueScore;
        const left = blocks.filter(({ blueScore }) => blueScore <= limit);
        const [part, whole] = [layoutDag(left), layoutDag(blocks)];
        for (const { hash } of left) expect(whole.places.get(hash)).toEqual(part.places.get(hash));
      }),
    );
  });

  it("comes to the same by steps, but for the number of its first column", () => {
    const steps = fc.array(fc.record({ from: fc.nat(), to: fc.nat(), recoloured: fc.nat() }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(dags, steps, (blocks, windows) => {
        const layout = new DagLayout();
        for (const { from, to, recoloured } of windows) {
          const window = blocks.slice(from % blocks.length, (from % blocks.length) + (to % 40));
          const shown = window.map((one, index) =>
            index === recoloured % 40 ? { ...one, isChainBlock: !one.isChainBlock } : one,
          );
          const before = new Map(layout.places);
          const map = new Map(shown.map((one) => [one.hash, one]));
          const { changed, removed } = layout.update(map);
          const whole = layoutDag(shown);
          expect(layout.scores).toEqual(whole.scores);
          const first = layout.lastColumn - whole.lastColumn;
          for (const [hash, { column, row }] of whole.places) {
            expect(layout.places.get(hash)).toEqual({ column: column + first, row });
          }
          expect(layout.places.size).toBe(whole.places.size);
          for (const hash of removed) expect(map.has(hash)).toBe(false);
          for (const [hash, place] of layout.places) {
            if (!changed.has(hash)) expect(before.get(hash)).toEqual(place);
          }
        }
      }),
    );
  });

  it("keeps the numbers of columns when the oldest go and new ones come", () => {
    const chain: DagBlock[] = [block(0, 0, [], true)];
    for (let name = 1; name < 20; name++) chain.push(block(name, name, [chain.at(-1)!], true));
    const mapOf = (blocks: readonly DagBlock[]) => new Map(blocks.map((one) => [one.hash, one]));
    const layout = new DagLayout();
    layout.update(mapOf(chain.slice(0, 10)));
    const place = layout.places.get(hashOf(8));
    const { changed, removed } = layout.update(mapOf(chain.slice(5, 15)));
    expect(removed).toHaveLength(5);
    expect([...changed]).toEqual(chain.slice(10, 15).map(({ hash }) => hash));
    expect(layout.places.get(hashOf(8))).toEqual(place);
    expect(layout.lastColumn).toBe(14);
  });
});
