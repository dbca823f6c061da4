import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runConformance } from "./runConformance.ts";
import type { ConformanceResult } from "./suite.ts";
import { SUITES } from "./suites.ts";
import { vectorsRoot } from "./vectorsRoot.ts";

let root: string;
let printed: string[];
let complained: string[];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "trellis-vectors-"));
  for (const folder of Object.values(SUITES).flat()) mkdirSync(join(root, folder), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  printed = [];
  complained = [];
});

const GOOD: ConformanceResult = { passed: 3, failed: 0, skipped: 1, failures: [] };

function run(argv: readonly string[], result: ConformanceResult | Error = GOOD): Promise<number> {
  const io = {
    print: (line: string) => printed.push(line),
    complain: (line: string) => complained.push(line),
  };
  return runConformance(argv, root, io, async (name) => ({
    name,
    run: async (directory) => {
      expect(directory).toBe(root);
      if (result instanceof Error) throw result;
      return result;
    },
  }));
}

describe("runConformance", () => {
  it("prints the counts and exits 0", async () => {
    expect(await run(["ghostdag"])).toBe(0);
    expect(printed).toEqual(["3 passed, 0 failed, 1 skipped"]);
  });

  it("runs all suites and adds them up", async () => {
    const count = Object.keys(SUITES).length;
    expect(await run(["all"])).toBe(0);
    expect(printed).toContain("rlp: 3 passed, 0 failed, 1 skipped");
    expect(printed.at(-1)).toBe(`${3 * count} passed, 0 failed, ${count} skipped`);
  });

  it("accepts the vectors' root or a suite's own folder", async () => {
    expect(await run(["rlp", root])).toBe(0);
    expect(await run(["rlp", join(root, "ethereum")])).toBe(0);
    expect(await run(["rlp", join(root, "ethereum/RLPTests")])).toBe(0);
  });

  it("exits 1 when a case failed, and prints the first failures", async () => {
    const failures = Array.from({ length: 25 }, (_, index) => `case ${index}`);
    expect(await run(["trie"], { passed: 1, failed: 25, skipped: 0, failures })).toBe(1);
    expect(printed[0]).toBe("trie: case 0");
    expect(printed.at(-2)).toBe("trie: and 5 more failures");
    expect(printed.at(-1)).toBe("1 passed, 25 failed, 0 skipped");
  });

  it("prints why a case is skipped", async () => {
    expect(await run(["merkle"], { ...GOOD, skips: ["notes.txt: not a tree"] })).toBe(0);
    expect(printed).toEqual(["merkle: skipped: notes.txt: not a tree", "3 passed, 0 failed, 1 skipped"]);
  });

  it("no case, or only skipped cases, is a failure", async () => {
    expect(await run(["trie"], { passed: 0, failed: 0, skipped: 0, failures: [] })).toBe(1);
    expect(await run(["trie"], { passed: 0, failed: 0, skipped: 9, failures: [] })).toBe(1);
    expect(printed.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
  });

  it("a suite that throws is a failure with its reason", async () => {
    expect(await run(["evm"], new Error("no such opcode"))).toBe(1);
    expect(printed[0]).toContain("no such opcode");
    expect(printed.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
  });

  it("a missing directory is a failure", async () => {
    expect(await run(["rlp", "/none"])).toBe(1);
    expect(await run(["rlp", join(root, "typo")])).toBe(1);
    expect(printed[0]).toContain("/none");
  });

  it.each([[[]], [["nope"]], [["toString"]], [["rlp", ".", "more"]]])("rejects %j", async (argv) => {
    expect(await run(argv)).toBe(2);
    expect(printed).toEqual([]);
    expect(complained.at(-1)).toBe(`suites: ${Object.keys(SUITES).join(", ")}, all`);
  });
});

it("a folder whose name only has the same ending is not a root", () => {
  mkdirSync(join(root, "myghostdag"));
  expect(vectorsRoot(join(root, "myghostdag"), "ghostdag")).toBe(undefined);
});
