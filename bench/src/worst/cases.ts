import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Evm, Hash } from "@trellis/protocol";
import { type Genome, hashOf } from "./genome.ts";
import { resultHash } from "./measure.ts";

export interface Case {
  readonly title: string;
  /** Rate at discovery, which tests do not compare. */
  readonly mgasPerSecondThen: number;
  readonly gas: number;
  readonly resultHash: Hash;
  readonly genome: Genome;
}

const DIRECTORY = fileURLToPath(new URL("./cases", import.meta.url));
const CASE_GAS = 300_000;

export async function readCases(directory = DIRECTORY): Promise<readonly Case[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(names.map((name) => readCase(join(directory, name))));
}

export async function readCase(file: string): Promise<Case> {
  return JSON.parse(await readFile(file, "utf8")) as Case;
}

export async function writeCase(
  evm: Evm,
  directory: string,
  { genome, title, mgasPerSecondThen }: Pick<Case, "genome" | "title" | "mgasPerSecondThen">,
): Promise<string> {
  const hash = (await resultHash(evm, genome, CASE_GAS))!;
  const kept: Case = { title, mgasPerSecondThen, gas: CASE_GAS, resultHash: hash, genome };
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${hashOf(genome).slice(2, 14)}.json`);
  await writeFile(file, `${JSON.stringify(kept, undefined, 2)}\n`);
  return file;
}
