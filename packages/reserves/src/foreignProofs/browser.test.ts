import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";
import { openZeppelinLeaf, taggedLeaf, taggedRoot } from "./index.ts";
import * as verifier from "./verify.ts";

const IMPORT = /(?:from|import)\s+"([^"]+)"/g;
const PORTABLE = /^(?:@noble\/|zod$|viem\/utils$|@trellis\/base$)/;

function strangers(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(file, "utf8").replace(/^import type .*$/gm, "");
  return [...text.matchAll(IMPORT)].flatMap(([, specifier = ""]) => {
    const local = join(dirname(file), specifier);
    if (specifier.startsWith(".") && existsSync(local)) return strangers(local, seen);
    return PORTABLE.test(specifier) ? [] : [`${specifier} by ${file}`];
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it("the verifier of foreign formats loads no module of Node.js", () => {
  expect(strangers(fileURLToPath(new URL("./verify.ts", import.meta.url)))).toEqual([]);
});

it("it verifies without Buffer", () => {
  vi.stubGlobal("Buffer", undefined);
  const leaves = [taggedLeaf(1n, 5n), taggedLeaf(2n, 7n)] as const;
  const root = taggedRoot([leaves[0]]);
  expect(verifier.verifyTaggedProof({ leaf: leaves[0], siblings: [], root }).scheme).toBe("bip340-tagged");
  const value = `0x${"ab".repeat(32)}`;
  expect(openZeppelinLeaf(value)).toHaveLength(32);
  expect(verifier.verifyOpenZeppelinProof({ value, proof: [], root: value })).toMatchObject({ root: value });
  const list = verifier.readSummaEntries("username;balances\na;1,2\nb;3,4\n");
  expect(verifier.verifySummaEntries(list).totals).toEqual({ 0: "4", 1: "6" });
});
