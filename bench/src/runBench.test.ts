import { beforeEach, describe, expect, it } from "vitest";
import { BENCHMARKS, runBench } from "./runBench.ts";

let printed: string[];
let told: string[];
let complained: string[];

beforeEach(() => {
  printed = [];
  told = [];
  complained = [];
});

function run(argv: readonly string[]): Promise<number> {
  const io = {
    print: (line: string) => printed.push(line),
    tell: (line: string) => told.push(line),
    complain: (line: string) => complained.push(line),
  };
  return runBench(argv, io, async (name) => ({
    name,
    summary: "counts",
    flags: { seed: "of what is drawn" },
    run: async ({ small, values, log }) => {
      log("halfway");
      return { blocksPerSecond: 12_345.678, ratio: { single: 1.23456 }, work: 2n ** 70n, small, ...values };
    },
  }));
}

describe("runBench", () => {
  it("prints progress and a table for people, and one line of JSON last", async () => {
    expect(await run(["dag"])).toBe(0);
    expect(told).toEqual([
      "dag: counts",
      "halfway",
      "  blocksPerSecond  12,346",
      "  ratio.single     1.235",
      `  work             ${2n ** 70n}`,
      "  small            false",
    ]);
    expect(printed).toHaveLength(1);
    expect(JSON.parse(printed[0]!)).toMatchObject({
      benchmark: "dag",
      blocksPerSecond: 12_345.678,
      ratio: { single: 1.23456 },
      work: (2n ** 70n).toString(),
      machine: { cores: expect.any(Number), node: process.versions.node },
    });
  });

  it("--small takes small inputs", async () => {
    await run(["rpc", "--small", "--json"]);
    expect(JSON.parse(printed[0]!)).toMatchObject({ benchmark: "rpc", small: true });
  });

  it("passes a benchmark the values of its flags", async () => {
    await run(["dag", "--seed", "7", "--json"]);
    expect(JSON.parse(printed[0]!)).toMatchObject({ seed: "7" });
  });

  it.each([[[]], [["nope"]], [["dag", "rpc"]], [["dag", "--fast"]], [["dag", "--seed"]]])(
    "rejects %j",
    async (argv) => {
      expect(await run(argv)).toBe(2);
      expect(printed).toEqual([]);
      expect(complained.at(-1)).toBe(`benchmarks: ${BENCHMARKS.join(", ")}`);
    },
  );
});
