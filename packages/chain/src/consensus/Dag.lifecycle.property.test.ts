import { dagGraph } from "@trellis/kit";
import type { Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { Dag, type DagOptions } from "./Dag.ts";
import { factsOf, hashOf, WIDE_LIMITS } from "./testing/testDag.ts";

const OPTIONS: DagOptions = {
  limits: { ...WIDE_LIMITS, ghostdagK: 10, mergeDepth: 90, finalityDepth: 40, pruningDepth: 200 },
  streamCount: 1,
  windowSize: 64,
};

const NETWORKS = [
  { name: "an honest network", blocksPerSecond: 1, delayMsMin: 100, delayMsMax: 4_000 },
  {
    name: "a network with hidden branches",
    blocksPerSecond: 1,
    delayMsMin: 100,
    delayMsMax: 2_000,
    attackShare: 0.3,
    attackLength: 15,
  },
];

function graphOf(network: (typeof NETWORKS)[number], seed: number) {
  const graph = dagGraph({ blocks: 900, parentsMax: 8, seed, ...network });
  return graph.map(({ parents }, index) => ({ hash: nameOf(index), parents: parents.map(nameOf) }));
}

function nameOf(index: number): Hash {
  return hashOf(`${(index * 7919) % 10_007}/${index}`);
}

function insert(dag: Dag, { hash, parents }: { hash: Hash; parents: readonly Hash[] }): void {
  dag.insert(factsOf(hash, 3n), dag.ghostdag(parents));
}

function stateOf(dag: Dag, hashes: readonly Hash[]) {
  return {
    tips: dag.tips(),
    blocks: hashes.map((hash) => ({
      ...dag.ghostdagDataOf(hash),
      children: dag.children(hash),
      parents: dag.parents(hash),
      points: [dag.mergeDepthRoot(hash), dag.finalityPoint(hash), dag.pruningPoint(hash)],
    })),
  };
}

describe.each(NETWORKS)("$name", (network) => {
  it("DAG-14: a DAG loaded from its records equals the original, and grows the same", () => {
    const [genesis, ...graph] = graphOf(network, 1);
    const dag = new Dag(OPTIONS);
    dag.insertGenesis(factsOf(genesis!.hash, 3n));
    for (const block of graph.slice(0, 500)) insert(dag, block);
    const known = graph.slice(0, 500).map(({ hash }) => hash);
    const loaded = Dag.load(
      OPTIONS,
      [genesis!.hash, ...known].map((hash) => dag.record(hash)),
    );
    expect(stateOf(loaded, known)).toEqual(stateOf(dag, known));
    for (const block of graph.slice(500)) {
      insert(dag, block);
      insert(loaded, block);
      expect(loaded.ghostdagDataOf(block.hash)).toEqual(dag.ghostdagDataOf(block.hash));
      expect(loaded.record(block.hash)).toEqual(dag.record(block.hash));
    }
  });

  it("DAG-14: a pruned DAG gives new blocks the same GHOSTDAG data, also after loading", () => {
    const [genesis, ...graph] = graphOf(network, 2);
    const full = new Dag(OPTIONS);
    let pruned = new Dag(OPTIONS);
    for (const dag of [full, pruned]) dag.insertGenesis(factsOf(genesis!.hash, 3n));
    const stored = new Map([[0, pruned.record(genesis!.hash)]]);
    let point = genesis!.hash;
    let prunings = 0;
    for (const block of graph) {
      if (!block.parents.every((parent) => pruned.has(parent))) continue;
      if (!isWithinRules(full, full.ghostdag(block.parents))) continue;
      insert(full, block);
      insert(pruned, block);
      expect(pruned.ghostdagDataOf(block.hash)).toEqual(full.ghostdagDataOf(block.hash));
      const record = pruned.record(block.hash);
      stored.set(record.serial, record);

      const sink = pruned.tips()[0]!;
      const next = pruned.pruningPoint(sink) ?? point;
      if (next === point) continue;
      point = next;
      prunings++;
      for (const { hash, serial } of pruned.prune(point)) {
        expect(pruned.has(hash)).toBe(false);
        stored.delete(serial);
      }
      expect(pruned.isAncestor(point, sink)).toBe(true);
      pruned = Dag.load(OPTIONS, stored.values());
    }
    expect(prunings).toBeGreaterThan(3);
    expect(pruned.size).toBeLessThan(full.size / 2);
    const sample = pruned.tips();
    for (const hash of sample) {
      for (const other of sample) expect(pruned.isAncestor(hash, other)).toBe(full.isAncestor(hash, other));
    }
  });

  it("DAG-14: a rolled-back block leaves no trace", () => {
    const [genesis, ...graph] = graphOf(network, 3);
    const straight = new Dag(OPTIONS);
    const wavering = new Dag(OPTIONS);
    for (const dag of [straight, wavering]) dag.insertGenesis(factsOf(genesis!.hash, 3n));
    for (const [index, block] of graph.slice(0, 300).entries()) {
      const other = {
        hash: hashOf(`other ${index}`),
        parents: graph
          .slice(0, index)
          .slice(-1)
          .map(({ hash }) => hash),
      };
      if (index % 3 === 0 && index > 0) {
        insert(wavering, other);
        wavering.rollBack(other.hash);
      }
      insert(straight, block);
      insert(wavering, block);
      if (index % 5 === 0) {
        wavering.rollBack(block.hash);
        insert(wavering, block);
      }
    }
    const hashes = graph.slice(0, 300).map(({ hash }) => hash);
    expect(stateOf(wavering, hashes)).toEqual(stateOf(straight, hashes));
  });
});

function isWithinRules(dag: Dag, row: ReturnType<Dag["ghostdag"]>): boolean {
  try {
    dag.verify(row);
    return true;
  } catch {
    return false;
  }
}
