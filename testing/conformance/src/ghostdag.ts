import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { Dag } from "@trellis/chain";
import { type NaiveColours, NaiveGhostdag } from "@trellis/kit";
import type { Hash } from "@trellis/protocol";
import { suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";

/** The Dag, a naive implementation and the expected values of Kaspa's graphs must agree. */
export const ghostdagSuite: ConformanceSuite = {
  name: "ghostdag",
  async run(vectorsDir) {
    const failures: string[] = [];
    let passed = 0;
    for (const { path, graph } of await readGraphs(suiteFolder(vectorsDir, "ghostdag"))) {
      const failure = runGraph(graph);
      if (failure === undefined) passed++;
      else failures.push(`${path}: ${failure}`);
    }
    return { passed, failed: failures.length, skipped: 0, failures };
  },
};

interface GraphNode {
  readonly id: string;
  readonly parents: readonly string[];
  readonly expected: Expected | undefined;
}

interface Expected {
  readonly selectedParent: string;
  readonly blueScore: number;
  readonly blues: readonly string[];
  readonly reds: readonly string[];
}

interface Graph {
  readonly k: number;
  readonly nodes: readonly GraphNode[];
}

function runGraph({ k, nodes }: Graph): string | undefined {
  const dag = new Dag({ limits: { ...NO_LIMITS, ghostdagK: k }, streamCount: 1 });
  const naive = new NaiveGhostdag(k);
  for (const { id, parents, expected } of nodes) {
    const hash = hashOf(id);
    const facts = { hash, work: 1n, timestampMs: 0, stream: 0, daaCounts: [0], bitsOfStreams: [0] };
    const slow = naive.add({ hash, parents: parents.map(hashOf), work: facts.work });
    if (slow === undefined) {
      dag.insertGenesis(facts);
      continue;
    }
    const row = dag.ghostdag(parents.map(hashOf));
    const fast = coloursOf(dag, row);
    const failure =
      difference(fast, slow, "by the slow rule") ??
      (expected && difference(fast, hashed(expected), "by the graph"));
    if (failure !== undefined) return `block ${id}: ${failure}`;
    dag.insert(facts, row);
  }
  return undefined;
}

/** Kaspa's graphs predate these limits. */
const NO_LIMITS = {
  parentsMax: Number.MAX_SAFE_INTEGER,
  mergesetMax: Number.MAX_SAFE_INTEGER,
  mergeDepth: Number.MAX_SAFE_INTEGER,
  finalityDepth: Number.MAX_SAFE_INTEGER,
  pruningDepth: Number.MAX_SAFE_INTEGER,
};

type Colours = Pick<NaiveColours, "selectedParent" | "blueScore" | "blues" | "reds">;

function coloursOf(dag: Dag, row: ReturnType<Dag["ghostdag"]>): Colours {
  const { selectedParent, merged, blueScore } = dag.ghostdagData(row);
  const hashes = (isBlue: boolean): Hash[] =>
    merged.filter((block) => block.isBlue === isBlue).map(({ hash }) => hash);
  return { selectedParent, blueScore, blues: [selectedParent, ...hashes(true)], reds: hashes(false) };
}

function hashed({ selectedParent, blueScore, blues, reds }: Expected): Colours {
  return {
    selectedParent: hashOf(selectedParent),
    blueScore,
    blues: blues.map(hashOf),
    reds: reds.map(hashOf),
  };
}

function difference(got: Colours, expected: Colours, by: string): string | undefined {
  for (const field of ["selectedParent", "blueScore", "blues", "reds"] as const) {
    const [a, b] = [shown(got[field]), shown(expected[field])];
    if (a !== b) return `${field} is ${a}, ${by} ${b}`;
  }
  return undefined;
}

function shown(value: Colours[keyof Colours]): string {
  if (typeof value === "number") return String(value);
  return (typeof value === "string" ? [value] : value).map(nameOf).join(" ");
}

function hashOf(id: string): Hash {
  return `0x${Buffer.from(id, "latin1").toString("hex").padEnd(64, "0")}`;
}

function nameOf(hash: Hash): string {
  return Buffer.from(hash.slice(2), "hex").toString("latin1").replace(/\0+$/, "");
}

async function readGraphs(folder: string): Promise<{ path: string; graph: Graph }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(
      (entry) => entry.isFile() && /\.json(\.gz)?$/.test(entry.name) && !entry.name.startsWith("headers"),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const graphs: { path: string; graph: Graph }[] = [];
  for (const file of paths) {
    const bytes = await readFile(file);
    const content: unknown = JSON.parse((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
    const path = relative(folder, file);
    graphs.push({
      path,
      graph: Array.isArray(content) ? bareGraph(path, content) : namedGraph(content as NamedGraph),
    });
  }
  return graphs;
}

interface NamedGraph {
  readonly K: number;
  readonly GenesisID: string;
  readonly Blocks: readonly {
    readonly ID: string;
    readonly Parents: readonly string[];
    readonly ExpectedScore?: number;
    readonly ExpectedSelectedParent?: string;
    readonly ExpectedReds?: readonly string[];
    readonly ExpectedBlues?: readonly string[];
  }[];
}

function namedGraph({ K, GenesisID, Blocks }: NamedGraph): Graph {
  const nodes = Blocks.map((block): GraphNode => {
    const { ExpectedSelectedParent: selectedParent, ExpectedScore: blueScore } = block;
    const { ExpectedBlues: blues, ExpectedReds: reds } = block;
    const isComplete = selectedParent !== undefined && blueScore !== undefined && blues && reds;
    const expected = isComplete ? { selectedParent, blueScore, blues, reds } : undefined;
    return { id: block.ID, parents: block.Parents, expected };
  });
  return { k: K, nodes: [{ id: GenesisID, parents: [], expected: undefined }, ...nodes] };
}

/** Kaspa's k for one block per second, if the file name contains no k. */
const K_OF_ONE_PER_SECOND = 18;

function bareGraph(
  path: string,
  blocks: readonly { readonly id: string; readonly parents: readonly string[] }[],
): Graph {
  const k = Number(/k--(\d+)/.exec(path)?.[1] ?? K_OF_ONE_PER_SECOND);
  return { k, nodes: blocks.map(({ id, parents }) => ({ id, parents, expected: undefined })) };
}
