import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ORIGIN, Reachability } from "./Reachability.ts";

type Step = { readonly parents: readonly number[] } | { readonly deleted: number };

const insertion = fc.record({ parents: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }) });
const near = fc.record({ parents: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }) });
const deletion = fc.record({ deleted: fc.nat() });
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: insertion },
    { weight: 6, arbitrary: near },
    { weight: 2, arbitrary: deletion },
  ),
  { maxLength: 120 },
);

class Model {
  readonly pasts = new Map<number, Set<number>>();
  readonly chains = new Map<number, Set<number>>();
  readonly mergesets = new Map<number, number[]>();
  nextNumber = 0;

  get blocks(): number[] {
    return [...this.pasts.keys()];
  }

  insert(parents: readonly number[]): { block: number; treeParent: number; mergeset: number[] } {
    const block = this.nextNumber++;
    const past = new Set(parents.flatMap((parent) => [parent, ...this.pasts.get(parent)!]));
    const treeParent = parents[0] ?? ORIGIN;
    const ofTreeParent = this.pasts.get(treeParent) ?? new Set();
    const mergeset = [...past].filter((other) => other !== treeParent && !ofTreeParent.has(other));
    this.pasts.set(block, past);
    this.chains.set(
      block,
      new Set(parents.slice(0, 1).flatMap((parent) => [parent, ...this.chains.get(parent)!])),
    );
    this.mergesets.set(block, mergeset);
    return { block, treeParent, mergeset };
  }

  delete(block: number): void {
    for (const relation of [this.pasts, this.chains]) {
      relation.delete(block);
      for (const others of relation.values()) others.delete(block);
    }
  }

  mergesetOf(block: number): number[] {
    const chain = [...this.chains.get(block)!];
    const treeParent = chain.length === 0 ? undefined : Math.max(...chain);
    const below = treeParent === undefined ? new Set<number>() : this.pasts.get(treeParent)!;
    return [...this.pasts.get(block)!].filter((other) => other !== treeParent && !below.has(other));
  }
}

function expectEqual(reachability: Reachability, model: Model, numberOf = (block: number) => block): void {
  for (const block of model.blocks) {
    for (const other of model.blocks) {
      const isAncestor = other === block || model.pasts.get(block)!.has(other);
      const isChainAncestor = other === block || model.chains.get(block)!.has(other);
      expect(reachability.isAncestor(numberOf(other), numberOf(block))).toBe(isAncestor);
      expect(reachability.isChainAncestor(numberOf(other), numberOf(block))).toBe(isChainAncestor);
    }
  }
}

function apply(reachability: Reachability, model: Model, step: Step): void {
  const { blocks } = model;
  if ("deleted" in step) {
    const block = blocks[step.deleted % Math.max(1, blocks.length)];
    if (block === undefined) return;
    reachability.delete(block, model.mergesetOf(block));
    model.delete(block);
    return;
  }
  const parents =
    blocks.length === 0 ? [] : step.parents.map((pick) => blocks.at(-1 - (pick % blocks.length))!);
  const { block, treeParent, mergeset } = model.insert([...new Set(parents)]);
  reachability.insert(block, treeParent, mergeset);
}

describe("DAG-7 DAG-8: reachability equals explicit relations", () => {
  it("under insertions and deletions in any order, and after renumbering", () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const reachability = new Reachability();
        const model = new Model();
        for (const step of sequence) apply(reachability, model, step);
        expectEqual(reachability, model);

        const numbers = new Int32Array(model.nextNumber).fill(-1);
        for (const [index, block] of model.blocks.entries()) numbers[block] = index;
        expectEqual(reachability.renumbered(numbers, model.blocks.length), model, (block) => numbers[block]!);
      }),
      { numRuns: 300 },
    );
  });
});

describe("DAG-7: labels stay disjoint and few of them change, for any shape", () => {
  const size = 60_000;
  const shapes: Record<string, (block: number) => number> = {
    "one long chain": (block) => block - 1,
    "a fork as wide as it gets": () => 0,
    "two chains in turn": (block) => Math.max(0, block - 2),
    "a chain whose every block has a sibling": (block) =>
      block % 2 === 0 ? block - 1 : Math.max(0, block - 2),
    "a long side chain below a long chain": (block) => (block === size / 2 ? 1 : block - 1),
    "children of the first block after a long chain": (block) => (block < size / 2 ? block - 1 : 0),
    "chains hung on every block of a chain, newest first": (block) =>
      block < size / 2 ? block - 1 : size - block,
    "a binary tree": (block) => (block - 1) >> 1,
  };
  it.each(Object.entries(shapes))("%s", (_name, parentOf) => {
    const reachability = new Reachability();
    const parents = [ORIGIN];
    reachability.insert(0, ORIGIN, []);
    for (let block = 1; block < size; block++) {
      parents[block] = parentOf(block);
      reachability.insert(block, parents[block]!, []);
    }
    // O(log n) moves are expected; measured below 40.
    expect(reachability.movedCount / size).toBeLessThan(60);
    for (let block = 1; block < size; block += 97) {
      let ancestor = block;
      for (let steps = 0; steps < 300 && ancestor !== 0; steps++) ancestor = parents[ancestor]!;
      expect(reachability.isChainAncestor(ancestor, block)).toBe(true);
      expect(ancestor === block || !reachability.isChainAncestor(block, ancestor)).toBe(true);
      const sibling = parents.indexOf(parents[block]!, block + 1);
      if (sibling !== -1) expect(reachability.isChainAncestor(block, sibling)).toBe(false);
    }
  });
});
