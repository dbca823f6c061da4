import { isTrellisError } from "@trellis/base";
import { describe, expect, it, vi } from "vitest";
import { codeAndReason } from "../store/testing/codeAndReason.ts";
import { Dag } from "./Dag.ts";
import { createTestDag, factsOf, hashOf, WIDE_LIMITS } from "./testing/testDag.ts";

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (isTrellisError(error)) return codeAndReason(error);
    throw error;
  }
  return undefined;
}

const names = (hashes: readonly string[]): string[] =>
  hashes.map((hash) => Buffer.from(hash.slice(2), "hex").toString("utf8").replace(/\0+$/, ""));

describe("insertion", () => {
  it("PARENT_UNKNOWN", () => {
    const { dag } = createTestDag();
    expect(codeOf(() => dag.ghostdag([hashOf("nobody")]))).toBe("PARENT_UNKNOWN");
  });

  it("ARGUMENT_INVALID: not in the DAG", () => {
    const { dag } = createTestDag();
    expect(codeOf(() => dag.parents(hashOf("nobody")))).toBe("ARGUMENT_INVALID: the block is in the DAG");
  });

  it("BLOCK_KNOWN changes nothing", () => {
    const { dag, add } = createTestDag();
    add("a", "genesis");
    const row = dag.ghostdag([hashOf("a")]);
    expect(codeOf(() => dag.insert(factsOf(hashOf("a")), row))).toBe("BLOCK_KNOWN");
    expect(dag.size).toBe(2);
    expect(names(dag.tips())).toEqual(["a"]);
  });

  it("ARGUMENT_INVALID: not the last inserted block", () => {
    const { dag, add } = createTestDag();
    add("a", "genesis");
    add("b", "a");
    expect(codeOf(() => dag.rollBack(hashOf("a")))).toBe(
      "ARGUMENT_INVALID: only the block inserted last is rolled back",
    );
    dag.rollBack(hashOf("b"));
    expect(names(dag.tips())).toEqual(["a"]);
    expect(dag.has(hashOf("b"))).toBe(false);
  });

  it("a result stays valid when other blocks overtake it", () => {
    const { dag, add } = createTestDag();
    add("a", "genesis");
    const row = dag.ghostdag([hashOf("a")]);
    add("b", "a");
    add("c", "b");
    dag.insert(factsOf(hashOf("d")), row);
    add("e", "c", "d");
    expect(dag.ghostdagDataOf(hashOf("e"))).toMatchObject({
      selectedParent: hashOf("c"),
      merged: [{ hash: hashOf("d"), isBlue: true }],
      blueScore: 5,
    });
  });
});

describe("rules of GHOSTDAG data", () => {
  it("BLOCK_INVALID: a parent is an ancestor of another [DAG-6]", () => {
    const { dag, add } = createTestDag();
    add("a", "genesis");
    add("b", "a");
    add("c", "genesis");
    expect(codeOf(() => dag.verify(dag.ghostdag(["b", "c"].map(hashOf))))).toBeUndefined();
    expect(codeOf(() => dag.verify(dag.ghostdag(["b", "a"].map(hashOf))))).toBe(
      "BLOCK_INVALID: a parent is an ancestor of another",
    );
    expect(codeOf(() => dag.verify(dag.ghostdag(["b", "genesis"].map(hashOf))))).toBe(
      "BLOCK_INVALID: a parent is an ancestor of another",
    );
    expect(codeOf(() => dag.verify(dag.ghostdag(["b", "b"].map(hashOf))))).toBe(
      "BLOCK_INVALID: a parent is an ancestor of another",
    );
  });

  it("BLOCK_INVALID: mergeset too large, which counts the selected parent [DAG-6]", () => {
    const { dag, add, chain } = createTestDag({ mergesetMax: 4 });
    chain("genesis", "a", 5);
    chain("genesis", "b", 3);
    add("b4", "b3");
    expect(codeOf(() => dag.verify(dag.ghostdag(["a5", "b3"].map(hashOf))))).toBeUndefined();
    expect(codeOf(() => dag.verify(dag.ghostdag(["a5", "b4"].map(hashOf))))).toBe(
      "BLOCK_INVALID: mergeset too large",
    );
  });

  it("BLOCK_INVALID: red block below the merge depth root [DAG-10]", () => {
    const { dag, add, chain } = createTestDag({ ghostdagK: 2, mergeDepth: 10 });
    chain("genesis", "a", 9);
    add("late", "genesis");
    expect(codeOf(() => dag.verify(dag.ghostdag(["a9", "late"].map(hashOf))))).toBeUndefined();
    add("a10", "a9");
    add("a11", "a10");
    expect(codeOf(() => dag.verify(dag.ghostdag(["a11", "late"].map(hashOf))))).toBe(
      "BLOCK_INVALID: red block below the merge depth",
    );
  });

  it("a blue on top of the merge depth root vouches for a red that it merged [DAG-10]", () => {
    const { dag, add, chain } = createTestDag({ ghostdagK: 2, mergeDepth: 10 });
    chain("genesis", "a", 9);
    add("late", "genesis");
    add("kosher", "a9", "late");
    chain("a9", "b", 5);
    const row = dag.ghostdag(["b5", "kosher"].map(hashOf));
    expect(dag.ghostdagData(row).merged).toEqual([
      { hash: hashOf("late"), isBlue: false },
      { hash: hashOf("kosher"), isBlue: false },
    ]);
    expect(codeOf(() => dag.verify(row))).toBe("BLOCK_INVALID: red block below the merge depth");
    expect(codeOf(() => dag.verify(dag.ghostdag(["b2", "kosher"].map(hashOf))))).toBeUndefined();
  });
});

describe("depths", () => {
  it("merge depth root and finality point are the highest blocks below their score [DAG-9]", () => {
    const { dag, chain } = createTestDag({ mergeDepth: 5, finalityDepth: 8 });
    chain("genesis", "a", 20);
    expect(names([dag.mergeDepthRoot(hashOf("a5"))!])).toEqual(["genesis"]);
    expect(names([dag.mergeDepthRoot(hashOf("a6"))!])).toEqual(["genesis"]);
    expect(names([dag.mergeDepthRoot(hashOf("a7"))!])).toEqual(["a1"]);
    expect(names([dag.mergeDepthRoot(hashOf("a20"))!])).toEqual(["a14"]);
    expect(names([dag.finalityPoint(hashOf("a20"))!])).toEqual(["a11"]);
    expect(names([dag.chainBlockAtDepth(hashOf("a20"), 5)])).toEqual(["a15"]);
    expect(names([dag.chainBlockAtDepth(hashOf("a3"), 5)])).toEqual(["genesis"]);
  });

  it("a block is settled if no chain without it has its work [SHARD-27.1]", () => {
    const { dag, add, chain } = createTestDag();
    const settled = (sink: string, depth = 5) => names([dag.settledBlock(hashOf(sink), depth)]);
    expect(settled("genesis")).toEqual(["genesis"]);
    chain("genesis", "a", 6);
    expect(settled("a6")).toEqual(["a5"]);
    // As heavy as a5.
    add("b", "a4");
    expect(settled("a6")).toEqual(["a4"]);
    expect(settled("a6", 1)).toEqual(["a5"]);
    add("a7", "a6");
    expect(settled("a7")).toEqual(["a6"]);
    add("c", "a7", "b");
    expect(settled("c")).toEqual(["a7"]);
    // Old tips change nothing.
    chain("a1", "d", 5);
    expect(settled("c")).toEqual(["a7"]);
  });

  it("the pruning point is the newest sufficiently deep sample [DAG-11]", () => {
    const { dag, chain } = createTestDag({ finalityDepth: 5, pruningDepth: 12 });
    chain("genesis", "a", 30);
    const points = Array.from({ length: 30 }, (_, index) => dag.pruningPoint(hashOf(`a${index + 1}`))!);
    // Samples are a5, a10, a15 …; a17 is 12 above a5.
    expect(names([points[15]!, points[16]!, points[20]!, points[21]!, points[29]!])).toEqual([
      "genesis",
      "a5",
      "a5",
      "a10",
      "a15",
    ]);
  });
});

describe("selection", () => {
  it("tips are ordered heaviest first, and by hash at equal work [DAG-2]", () => {
    const { dag, add } = createTestDag();
    add("a", "genesis");
    add("c", "genesis");
    add("b", "genesis");
    add("d", "a");
    expect(names(dag.tips())).toEqual(["d", "c", "b"]);
    expect(dag.compare(hashOf("d"), hashOf("c"))).toBeGreaterThan(0);
  });

  it("compares a new block with few of many old tips", () => {
    const { dag, add } = createTestDag();
    for (let index = 0; index < 2_000; index++) add(`old${index}`, "genesis");
    add("a", "genesis");
    const compare = vi.spyOn(dag.table, "compare");
    add("b", "a");
    expect(dag.sinkCandidates(hashOf("genesis")).next()).toBe(hashOf("b"));
    expect(dag.tips()).toHaveLength(2_001);
    expect(compare.mock.calls.length).toBeLessThan(100);
    dag.rollBack(hashOf("b"));
    expect(names(dag.tips().slice(0, 1))).not.toEqual(["b"]);
    expect(dag.tips()).toHaveLength(2_001);
    expect(dag.tips().toSorted((a, b) => dag.compare(b, a))).toEqual(dag.tips());
    compare.mockRestore();
  });

  it("a refused candidate frees parents that only it had in its past [DAG-12]", () => {
    const { dag, add } = createTestDag();
    add("final", "genesis");
    add("side", "genesis");
    add("a", "final");
    add("b", "final");
    add("c", "a", "b", "side");
    add("d", "b");
    add("e", "c");
    const candidates = dag.sinkCandidates(hashOf("final"));
    expect(names([candidates.next()!])).toEqual(["e"]);
    candidates.refuse(hashOf("d"));
    expect(names(candidates.rest())).toEqual(["e", "d"]);
    candidates.refuse(hashOf("e"));
    candidates.refuse(hashOf("c"));
    expect(names(candidates.rest())).toEqual(["d", "a"]);
    for (let next = candidates.next(); next !== hashOf("final"); next = candidates.next())
      candidates.refuse(next!);
    expect(names(candidates.rest())).toEqual(["final"]);
    candidates.refuse(hashOf("final"));
    expect(candidates.next()).toBeUndefined();
  });

  it("path between two sinks [DAG-12]", () => {
    const { dag, add } = createTestDag();
    add("a", "genesis");
    add("b1", "a");
    add("b2", "b1");
    add("c1", "a");
    add("c2", "c1");
    add("c3", "c2");
    const named = (from: string, to: string) => {
      const { common, removed, added } = dag.chainPath(hashOf(from), hashOf(to));
      return { common: names([common]), removed: names(removed), added: names(added) };
    };
    expect(named("b2", "c3")).toEqual({ common: ["a"], removed: ["b2", "b1"], added: ["c1", "c2", "c3"] });
    expect(named("a", "c2")).toEqual({ common: ["a"], removed: [], added: ["c1", "c2"] });
    expect(named("c2", "c2")).toEqual({ common: ["c2"], removed: [], added: [] });
  });

  it("parents of a template stay within the limits [DAG-13]", () => {
    const { dag, add, chain } = createTestDag({ parentsMax: 3, mergesetMax: 5, mergeDepth: 1_000 });
    chain("genesis", "a", 8);
    chain("genesis", "b", 6);
    for (const name of ["C", "D", "E", "F"]) add(name, "a7");
    expect(names(dag.virtualParents(hashOf("a8")))).toEqual(["a8", "F", "E"]);
    expect(codeOf(() => dag.verify(dag.ghostdag(dag.virtualParents(hashOf("a8")))))).toBeUndefined();
    expect(names(dag.virtualParents(hashOf("a8"), [hashOf("b6")]))).toEqual(["a8", "b4"]);
    expect(names(dag.virtualParents(hashOf("F")))).not.toContain("a8");
  });

  it("of two side branches that fit only alone, one is merged whole and the other up to the limit [DAG-13]", () => {
    const { dag, chain } = createTestDag({ parentsMax: 4, mergesetMax: 6, mergeDepth: 1_000 });
    chain("genesis", "a", 8);
    chain("genesis", "b", 3);
    chain("genesis", "c", 3);
    // Five blocks fit beside a8: c1 to c3, then b1 and b2.
    const parents = dag.virtualParents(hashOf("a8"));
    expect(names(parents)).toEqual(["a8", "c3", "b2"]);
    expect(codeOf(() => dag.verify(dag.ghostdag(parents)))).toBeUndefined();
  });

  it("parents of a template bring in no red block from below the merge depth [DAG-13]", () => {
    const { dag, add, chain } = createTestDag({ ghostdagK: 2, mergeDepth: 10 });
    chain("genesis", "a", 20);
    add("late", "genesis");
    add("Side", "a19");
    expect(names(dag.virtualParents(hashOf("a20")))).toEqual(["a20", "Side"]);
  });
});

describe("memory", () => {
  it("the windows do not grow with the DAG, and a block takes a few hundred bytes", () => {
    const dag = new Dag({ limits: WIDE_LIMITS, streamCount: 3 });
    const facts = (index: number) => ({
      ...factsOf(hashOf(`${index}`)),
      daaCounts: [0, 0, 0],
      bitsOfStreams: [1, 1, 1],
    });
    dag.insertGenesis(facts(0));
    const before = dag.bytes.windows;
    for (let index = 1; index < 20_000; index++)
      dag.insert(facts(index), dag.ghostdag([hashOf(`${index - 1}`)]));
    const { table, reachability, windows } = dag.bytes;
    expect(windows - before).toBeLessThan(20_000 * 16);
    expect((table + reachability) / 20_000).toBeLessThan(500);
  });
});
