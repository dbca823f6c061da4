import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { Worker } from "node:worker_threads";
import { defineErrors } from "@trellis/base";
import asc from "assemblyscript/asc";
import type { Compilation, Compiled } from "./compileThread.ts";

export const buildAssemblyErrors = defineErrors({
  CORE_COMPILE_FAILED: {
    message: "an AssemblyScript source does not compile",
    hint: "the facts hold the compiler's message",
    consequence: "fatal",
  },
});

export interface AssemblyProject {
  readonly directory: string;
  readonly sources: string;
  readonly stamp: string;
  readonly builds: readonly {
    readonly file: string;
    readonly entry: string;
    /** With the level of optimization. */
    readonly options: readonly string[];
  }[];
  /** Sources by the path of the declaration file that each replaces. */
  readonly generatedSources: Readonly<Record<string, () => string>>;
}

const OPTIONS = ["--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

export async function buildAssembly(project: AssemblyProject): Promise<"built" | "unchanged"> {
  const sources = await readSources(join(project.directory, project.sources), project.generatedSources);
  const generated = join(project.directory, "generated");
  const stamp = hashSources(sources, project.builds);
  const stampFile = join(generated, project.stamp);
  if ((await readFile(stampFile, "utf8").catch(() => "")) === stamp) return "unchanged";
  await mkdir(generated, { recursive: true });
  const left = [...project.builds];
  const compileLeft = async (): Promise<void> => {
    for (let build = left.shift(); build !== undefined; build = left.shift()) {
      const { file, entry, options } = build;
      const binary = await compile({ sources, entry, options: [...OPTIONS, ...options] });
      await writeFile(join(generated, file), binary);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, compileLeft));
  // Written last, so that an interrupted build runs again.
  await writeFile(stampFile, stamp);
  return "built";
}

async function readSources(
  folder: string,
  generatedSources: AssemblyProject["generatedSources"],
): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const sources = new Map<string, string>();
  for (const path of paths) sources.set(relative(folder, path), await readFile(path, "utf8"));
  for (const [path, generate] of Object.entries(generatedSources)) sources.set(path, generate());
  return sources;
}

function hashSources(sources: ReadonlyMap<string, string>, builds: AssemblyProject["builds"]): string {
  const hash = createHash("sha256").update(JSON.stringify([OPTIONS, builds, asc.version]));
  for (const [path, text] of sources) hash.update(`\0${path}\0${text}`);
  return hash.digest("hex");
}

async function compile(compilation: Compilation): Promise<Uint8Array> {
  const worker = new Worker(new URL("./compileThread.ts", import.meta.url), { workerData: compilation });
  const compiled = await new Promise<Compiled>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  if ("binary" in compiled) return compiled.binary;
  throw buildAssemblyErrors.CORE_COMPILE_FAILED({ entry: compilation.entry, message: compiled.message });
}
