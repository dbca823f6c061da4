import type { Hash } from "@trellis/protocol";
import { Dag, type DagLimits } from "../Dag.ts";
import type { BlockFacts } from "../table/BlockTable.ts";

export const WIDE_LIMITS: DagLimits = {
  ghostdagK: 18,
  parentsMax: 1_000,
  mergesetMax: 100_000,
  mergeDepth: 1_000_000,
  finalityDepth: 1_000_000,
  pruningDepth: 10_000_000,
};

export function hashOf(name: string): Hash {
  return `0x${Buffer.from(name, "utf8").toString("hex").padEnd(64, "0")}`;
}

export function factsOf(hash: Hash, work = 1n): BlockFacts {
  return { hash, work, timestampMs: 0, stream: 0, daaCounts: [0], bitsOfStreams: [0x207fffff] };
}

export function createTestDag(limits: Partial<DagLimits> = {}, windowSize = 32) {
  const dag = new Dag({ limits: { ...WIDE_LIMITS, ...limits }, streamCount: 1, windowSize });
  dag.insertGenesis(factsOf(hashOf("genesis")));
  const add = (name: string, ...parents: string[]): void => {
    const row = dag.ghostdag(parents.map(hashOf));
    dag.insert(factsOf(hashOf(name)), row);
  };
  const chain = (from: string, prefix: string, count: number): string => {
    let last = from;
    for (let index = 1; index <= count; index++) {
      add(`${prefix}${index}`, last);
      last = `${prefix}${index}`;
    }
    return last;
  };
  return { dag, add, chain };
}
