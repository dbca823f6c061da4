import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineErrors } from "@trellis/base";
import asc from "assemblyscript/asc";
import { unrollKeccak } from "./evm/unrollKeccak.ts";
import { unrollMontgomery } from "./evm/unrollMontgomery.ts";
import { unrollMulmod } from "./evm/unrollMulmod.ts";

export const buildEvmErrors = defineErrors({
  CORE_COMPILE_FAILED: {
    message: "an AssemblyScript source of the EVM does not compile",
    hint: "the facts hold the compiler's message",
    consequence: "fatal",
  },
});

const PACKAGE = fileURLToPath(new URL("../../packages/evm/", import.meta.url));
/** When the hash that stands here matches there is nothing to do. */
const STAMP = "core.sha256";

const OPTIONS = [
  "--noAssert",
  "--converge",
  "-O3",
  "--runtime",
  "stub",
  "--enable",
  "simd",
  "--use",
  "abort=",
];
/** The compiler's own constants, above all fixed addresses of core/layout.ts. */
const CORE_OPTIONS = ["--importMemory", "--memoryBase", "655360"];

/** Both builds of the core come from one source: TRACING is a constant, so that the plain one has no trace of tracing. */
const BUILDS = [
  { file: "core.wasm", entry: "index.ts", options: [...CORE_OPTIONS, "--use", "TRACING=0"] },
  { file: "tracing.wasm", entry: "index.ts", options: [...CORE_OPTIONS, "--use", "TRACING=1"] },
  { file: "pairing.wasm", entry: "pairing/index.ts", options: ["--initialMemory", "2"] },
] as const;

/** Written out in place of files of these names, which hold only declarations. */
const GENERATED_SOURCES = {
  "keccakPermutation.ts": unrollKeccak,
  "mulmodFour.ts": unrollMulmod,
  "pairing/montgomery.ts": unrollMontgomery,
};

/**
 * Compiles `packages/evm/src/core` into WebAssembly in `generated/`. Does nothing when neither sources nor options
 * nor the compiler changed.
 * @throws CORE_COMPILE_FAILED
 */
export async function buildEvm(directory = PACKAGE): Promise<"built" | "unchanged"> {
  const sources = await readSources(join(directory, "src/core"));
  const generated = join(directory, "generated");
  const stamp = hashSources(sources);
  if ((await readFile(join(generated, STAMP), "utf8").catch(() => "")) === stamp) return "unchanged";
  await mkdir(generated, { recursive: true });
  for (const { file, entry, options } of BUILDS) {
    await writeFile(join(generated, file), await compile(sources, entry, options));
  }
  // Last, so that an interrupted build is not taken for a finished one.
  await writeFile(join(generated, STAMP), stamp);
  return "built";
}

/** By path below the folder. */
async function readSources(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const sources = new Map<string, string>();
  for (const path of paths) sources.set(relative(folder, path), await readFile(path, "utf8"));
  for (const [path, generate] of Object.entries(GENERATED_SOURCES)) sources.set(path, generate());
  return sources;
}

function hashSources(sources: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256").update(JSON.stringify([OPTIONS, BUILDS, asc.version]));
  for (const [path, text] of sources) hash.update(`\0${path}\0${text}`);
  return hash.digest("hex");
}

async function compile(
  sources: ReadonlyMap<string, string>,
  entry: string,
  options: readonly string[],
): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main([entry, "--outFile", "out.wasm", ...OPTIONS, ...options], {
    readFile: (path) => sources.get(path) ?? null,
    writeFile: (path, contents) => {
      if (path === "out.wasm") binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) {
    throw buildEvmErrors.CORE_COMPILE_FAILED({ entry, message: stderr.toString() }, error ?? undefined);
  }
  return binary;
}
