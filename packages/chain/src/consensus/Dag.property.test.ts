import { dagGraph, NaiveGhostdag, seededRandom } from "@trellis/kit";
import type { Hash } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dag } from "./Dag.ts";
import { factsOf, WIDE_LIMITS } from "./testing/testDag.ts";

type Parents = readonly (readonly number[])[];

function mixedHash(index: number): Hash {
  const mixed = (Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");
  return `0x${mixed}${index.toString(16).padStart(56, "0")}`;
}

function expectEqualToNaive(
  parentsOf: Parents,
  k: number,
  windowSize: number,
  workOf: (index: number) => bigint,
) {
  const dag = new Dag({ limits: { ...WIDE_LIMITS, ghostdagK: k }, streamCount: 1, windowSize });
  const naive = new NaiveGhostdag(k);
  for (const [index, parents] of parentsOf.entries()) {
    const hash = mixedHash(index);
    const expected = naive.add({ hash, parents: parents.map(mixedHash), work: workOf(index) });
    if (expected === undefined) {
      dag.insertGenesis(factsOf(hash, workOf(index)));
      continue;
    }
    const row = dag.ghostdag(parents.map(mixedHash));
    const { selectedParent, merged, blueScore, blueWork } = dag.ghostdagData(row);
    const blues = [selectedParent, ...merged.filter(({ isBlue }) => isBlue).map(({ hash }) => hash)];
    const reds = merged.filter(({ isBlue }) => !isBlue).map(({ hash }) => hash);
    const mergeset = merged.map(({ hash }) => hash);
    expect({ selectedParent, blues, reds, mergeset, blueScore, blueWork }).toEqual(expected);
    dag.insert(factsOf(hash, workOf(index)), row);
  }
  const random = seededRandom(parentsOf.length);
  for (let sample = 0; sample < 500; sample++) {
    const a = mixedHash(Math.floor(random() * parentsOf.length));
    const b = mixedHash(Math.floor(random() * parentsOf.length));
    expect(dag.isAncestor(a, b)).toBe(naive.isAncestor(a, b));
    expect(dag.isChainAncestor(a, b)).toBe(naive.isChainAncestor(a, b));
  }
}

const anyGraph = fc
  .array(fc.array(fc.tuple(fc.boolean(), fc.nat()), { minLength: 1, maxLength: 5 }), { maxLength: 150 })
  .map(
    (blocks): Parents => [
      [],
      ...blocks.map((picks, index) => [
        ...new Set(
          picks.map(([isNear, pick]) => (isNear ? index - Math.min(index, pick % 6) : pick % (index + 1))),
        ),
      ]),
    ],
  );

describe("colours equal the slow rule [DAG-2] [DAG-3] [DAG-4] [DAG-5]", () => {
  it("on any graph, for any k and works, with small windows", () => {
    fc.assert(
      fc.property(anyGraph, fc.integer({ min: 1, max: 6 }), fc.nat(3), (graph, k, workSpread) => {
        expectEqualToNaive(graph, k, 32, (index) => BigInt(1 + ((index * 7) % (workSpread + 1))));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    { name: "a slow network", blocksPerSecond: 1, delayMsMin: 100, delayMsMax: 5_000, k: 18 },
    { name: "a fast network", blocksPerSecond: 10, delayMsMin: 500, delayMsMax: 5_000, k: 124 },
    { name: "a network beyond its bound", blocksPerSecond: 10, delayMsMin: 500, delayMsMax: 20_000, k: 18 },
    {
      name: "a hidden branch of a third",
      blocksPerSecond: 1,
      delayMsMin: 100,
      delayMsMax: 3_000,
      k: 18,
      attackShare: 0.33,
      attackLength: 40,
    },
    {
      name: "a hidden majority",
      blocksPerSecond: 4,
      delayMsMin: 100,
      delayMsMax: 3_000,
      k: 10,
      attackShare: 0.6,
      attackLength: 90,
    },
  ])("$name", ({ k, ...network }) => {
    for (const windowSize of [32, 64, 256]) {
      const graph = dagGraph({ blocks: 500, parentsMax: 12, seed: windowSize, ...network });
      expectEqualToNaive(
        graph.map(({ parents }) => parents),
        k,
        windowSize,
        () => 5n,
      );
    }
  });

  it("wide forks that are merged at once", () => {
    const wide: number[][] = [[]];
    for (let round = 0; round < 6; round++) {
      const root = wide.length - 1;
      const forks = Array.from({ length: 60 }, () => wide.push([root]) - 1);
      wide.push(forks);
    }
    for (const k of [3, 20, 59, 60]) expectEqualToNaive(wide, k, 32, () => 1n);
  });

  it("long parallel branches that are merged late", () => {
    const graph: number[][] = [[]];
    let tips = [0, 0, 0];
    for (let length = 0; length < 70; length++) tips = tips.map((tip) => graph.push([tip]) - 1);
    for (let round = 0; round < 20; round++) graph.push([graph.length - 1, ...(round % 5 === 0 ? tips : [])]);
    for (const k of [1, 8, 40, 100]) expectEqualToNaive(graph, k, 32, () => 1n);
  });
});
