import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { isTrellisError } from "@trellis/base";
import {
  type PublishedVerdict,
  readSummaEntries,
  verifyOkxV1,
  verifyOpenZeppelinDump,
  verifyOpenZeppelinProof,
  verifySummaEntries,
} from "@trellis/reserves/foreignProofs";
import { readSummaSignatures, verifySummaSignature } from "@trellis/reserves/testing/summaSignatures";
import { suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";

/** Modified trees and balance lists must fail verification. */
export const merkleSuite: ConformanceSuite = {
  name: "merkle",
  async run(vectorsDir) {
    const folder = suiteFolder(vectorsDir, "merkle");
    const failures: string[] = [];
    const skips: string[] = [];
    let passed = 0;
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) {
      const path = relative(folder, file);
      const cases = casesOf(path, await readFile(file, "utf8"));
      if (cases === undefined) skips.push(`${path}: neither a tree nor a list that is known`);
      for (const { name, run } of cases ?? []) {
        const failure = outcome(run);
        if (failure === undefined) passed++;
        else failures.push(`${path} ${name}: ${failure}`);
      }
    }
    return { passed, failed: failures.length, skipped: skips.length, failures, skips };
  },
};

interface Case {
  readonly name: string;
  run(): string | undefined;
}

function casesOf(path: string, text: string): Case[] | undefined {
  if (path.endsWith(".json")) {
    const content = JSON.parse(text) as OkxFile | OpenZeppelinFile;
    if ("self" in content) return okxCases(content);
    return "tree" in content ? openZeppelinCases(content) : undefined;
  }
  if (!path.endsWith(".csv")) return undefined;
  return text.startsWith("chain;") ? signatureCases(text) : listCases(text);
}

interface OkxFile {
  readonly self: { readonly balances: Readonly<Record<string, string>> };
  readonly path: readonly { readonly hash: string; readonly balances: Readonly<Record<string, string>> }[];
}

function okxCases(file: OkxFile): Case[] {
  const root = file.path.at(-1);
  return [
    {
      name: "proof",
      run() {
        const verdict = verifyOkxV1(file);
        return verdict.root === `0x${root?.hash}` ? weaknessesOf(verdict) : `the root is ${verdict.root}`;
      },
    },
    ...Object.keys(file.self.balances).map((asset) => ({
      name: `another balance of ${asset}`,
      run: () => {
        const balances = { ...file.self.balances, [asset]: "123456.789" };
        return refused(() => verifyOkxV1({ ...file, self: { ...file.self, balances } }));
      },
    })),
    ...file.path.map((_, index) => ({
      name: `another hash at ${index}`,
      run: () => {
        const path = file.path.map((node, at) => (at === index ? { ...node, hash: "00".repeat(32) } : node));
        return refused(() => verifyOkxV1({ ...file, path }));
      },
    })),
  ];
}

interface OpenZeppelinFile {
  readonly tree: readonly string[];
  readonly leafEncoding?: readonly string[];
  readonly values: readonly { readonly value: readonly unknown[] | string; readonly treeIndex: number }[];
}

function openZeppelinCases(file: OpenZeppelinFile): Case[] {
  const [root = ""] = file.tree;
  const encoding = file.leafEncoding === undefined ? {} : { leafEncoding: file.leafEncoding };
  return [
    {
      name: "tree",
      run() {
        const verdict = verifyOpenZeppelinDump(file);
        return verdict.root === root ? weaknessesOf(verdict) : `the root is ${verdict.root}`;
      },
    },
    ...file.tree.map((_, index) => ({
      name: `another node at ${index}`,
      run: () => {
        const tree = file.tree.map((node, at) => (at === index ? `0x${"00".repeat(32)}` : node));
        return refused(() => verifyOpenZeppelinDump({ ...file, tree }));
      },
    })),
    ...file.values.map(({ value, treeIndex }) => ({
      name: `proof of ${treeIndex}`,
      run() {
        const proof = siblings(file.tree, treeIndex);
        verifyOpenZeppelinProof({ value, ...encoding, proof, root });
        return refused(() => verifyOpenZeppelinProof({ value, ...encoding, proof: [root, ...proof], root }));
      },
    })),
  ];
}

/** Heap order: the children of i are 2i + 1 and 2i + 2. */
function siblings(tree: readonly string[], treeIndex: number): string[] {
  const path: string[] = [];
  for (let index = treeIndex; index > 0; index = (index - 1) >> 1)
    path.push(tree[index % 2 === 1 ? index + 1 : index - 1] as string);
  return path;
}

function signatureCases(text: string): Case[] {
  return readSummaSignatures(text).map((signed) => ({
    name: `signature of ${signed.address}`,
    run() {
      verifySummaSignature(signed);
      return refused(() => verifySummaSignature({ ...signed, message: `${signed.message}.` }));
    },
  }));
}

/** Sizes of the range check in Summa's versions, in bytes. */
const RANGES = [8, 14];

/** The sums of columns determine which range checks must pass. */
function listCases(text: string): Case[] {
  const [, ...rows] = text.split(/\r?\n/).filter((line) => line !== "");
  const columns = rows.map((row) => row.split(/[,;]/).slice(1).map(BigInt));
  const totals = (columns[0] ?? []).map((_, index) =>
    columns.reduce((sum, row) => sum + (row[index] ?? 0n), 0n),
  );
  return RANGES.map((rangeBytes) => {
    const isWithin = totals.every((total) => total < 1n << BigInt(8 * rangeBytes));
    const verify = () => verifySummaEntries(readSummaEntries(text), { rangeBytes });
    return {
      name: `${isWithin ? "sums" : "overflow"} in ${rangeBytes} bytes`,
      run() {
        if (!isWithin) return refused(verify);
        const verdict = verify();
        const got = Object.values(verdict.totals ?? {}).join();
        return got === totals.join()
          ? weaknessesOf(verdict)
          : `the sums are ${got}, expected ${totals.join()}`;
      },
    };
  });
}

function weaknessesOf({ weaknesses }: PublishedVerdict): string | undefined {
  return weaknesses.length > 0 ? undefined : "no weakness is named";
}

function refused(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (isTrellisError(error)) return undefined;
    throw error;
  }
  return "was accepted";
}

function outcome(run: () => string | undefined): string | undefined {
  try {
    return run();
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return `was refused: ${error.message}`;
  }
}
