import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { vectorsDirectory } from "@trellis/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ghostdagSuite } from "./ghostdag.ts";
import { ghostdagHeadersSuite } from "./ghostdagHeaders.ts";

const vectors = vectorsDirectory("ghostdag");
if (vectors === undefined) console.warn("skipped: no GHOSTDAG vectors; set TRELLIS_VECTORS");

describe.skipIf(vectors === undefined)("on Kaspa's data [DAG-4] [DIFF-4]", () => {
  it("ghostdag passes, and accepts the suite's own folder", async () => {
    const { passed, failures } = await ghostdagSuite.run(vectors!);
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(5);
    expect((await ghostdagSuite.run(join(vectors!, "ghostdag"))).passed).toBe(passed);
  });

  it("ghostdag-headers passes", async () => {
    const { passed, failures } = await ghostdagHeadersSuite.run(vectors!);
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(5_000);
  });
});

describe("a suite counts differences", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-graphs-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("ghostdag", async () => {
    // With k = 0, one of two siblings is blue: the selected parent, with the greater id.
    const graph = (expected: object) => ({
      K: 0,
      GenesisID: "A",
      Blocks: [
        { ID: "B", Parents: ["A"] },
        { ID: "C", Parents: ["A"] },
        { ID: "D", Parents: ["B", "C"], ...expected },
      ],
    });
    const right = {
      ExpectedScore: 2,
      ExpectedSelectedParent: "C",
      ExpectedBlues: ["C"],
      ExpectedReds: ["B"],
    };
    const cases = {
      right,
      wrongScore: { ...right, ExpectedScore: 3 },
      wrongParent: { ...right, ExpectedSelectedParent: "B" },
      wrongBlues: { ...right, ExpectedBlues: ["C", "B"] },
      wrongReds: { ...right, ExpectedReds: [] },
    };
    for (const [name, expected] of Object.entries(cases)) {
      await writeFile(join(directory, `${name}.json`), JSON.stringify(graph(expected)));
    }
    const bare = [
      { id: "A", parents: [] },
      { id: "B", parents: ["A"] },
    ];
    await writeFile(join(directory, "bare-k--3.json.gz"), gzipSync(JSON.stringify(bare)));
    const { passed, failed, failures } = await ghostdagSuite.run(directory);
    expect({ passed, failed }).toEqual({ passed: 2, failed: 4 });
    expect(failures.join()).toMatch(/wrongBlues.*wrongParent.*wrongReds.*wrongScore/);
  });

  it("ghostdag-headers", async () => {
    const rate = {
      target_time_per_block: 1_000,
      ghostdag_k: 18,
      past_median_time_sample_rate: 10,
      difficulty_sample_rate: 4,
      max_block_parents: 10,
      mergeset_size_limit: 180,
      merge_depth: 3_600,
      finality_depth: 43_200,
      pruning_depth: 108_000,
    };
    const windows = { difficulty_window_size: 661, min_difficulty_window_size: 150 };
    const parameters = { ...windows, past_median_time_window_size: 27, blockrate: rate };
    const bits = 0x207fffff;
    const header = (name: string, fields: object) => ({
      header: { hash: name.repeat(64), bits, blueWork: "00", daaScore: 0, blueScore: 0, ...fields },
    });
    const right = { parentsByLevel: [["a".repeat(64)]], timestamp: 2_000, blueScore: 1, blueWork: "02" };
    const lines = [
      parameters,
      header("a", { parentsByLevel: [], timestamp: 1_000 }),
      header("b", right),
      header("c", { ...right, blueScore: 2 }),
      header("d", { ...right, blueWork: "03" }),
      header("e", { ...right, daaScore: 1 }),
      header("f", { ...right, bits: 0x1e7fffff }),
      header("1", { ...right, timestamp: 1_000 }),
    ];
    const text = lines.map((line) => JSON.stringify(line)).join("\n");
    await writeFile(join(directory, "headers-sample.json.gz"), gzipSync(text));
    const { passed, failed, failures } = await ghostdagHeadersSuite.run(directory);
    expect({ passed, failed }).toEqual({ passed: 1, failed: 5 });
    expect(failures.join()).toMatch(/blueScore.*blueWork.*daaScore.*bits.*timestamp/);
  });
});
