import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { unrollKeccak } from "./evm/unrollKeccak.ts";
import { unrollMulmod } from "./evm/unrollMulmod.ts";

const PACKAGE = new URL("../../packages/evm/", import.meta.url).pathname;
const SOURCES = join(PACKAGE, "src/core");
const GENERATED = join(PACKAGE, "generated");
const STAMP = join(GENERATED, "core.sha256");

/** Both builds come from one source: TRACING is a constant, so that the plain one has no trace of tracing. */
const BUILDS = [
  { file: "core.wasm", tracing: 0 },
  { file: "tracing.wasm", tracing: 1 },
] as const;

/** Written out in place of files of these names, which hold only declarations. */
const GENERATED_SOURCES = { "keccakPermutation.ts": unrollKeccak, "mulmodFour.ts": unrollMulmod };

const OPTIONS = [
  "--importMemory",
  "--noAssert",
  "--converge",
  "-O3",
  ...["--runtime", "stub"],
  ...["--enable", "simd"],
  ...["--use", "abort="],
  // Above all fixed addresses of layout.ts.
  ...["--memoryBase", "655360"],
];

/** Compiles the EVM's core into `packages/evm/generated`, unless what is there comes from the same sources. */
export async function buildEvm(): Promise<void> {
  const sources = await readSources();
  const stamp = hashSources(sources);
  if ((await readFile(STAMP, "utf8").catch(() => "")) === stamp) return;
  await mkdir(GENERATED, { recursive: true });
  for (const build of BUILDS) {
    await writeFile(join(GENERATED, build.file), await compile(sources, build.tracing));
  }
  await writeFile(STAMP, stamp);
}

async function readSources(): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const name of (await readdir(SOURCES)).filter((file) => file.endsWith(".ts")).sort()) {
    sources.set(name, await readFile(join(SOURCES, name), "utf8"));
  }
  for (const [name, generate] of Object.entries(GENERATED_SOURCES)) sources.set(name, generate());
  return sources;
}

function hashSources(sources: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256").update(JSON.stringify([OPTIONS, BUILDS, asc.version]));
  for (const [name, text] of sources) hash.update(`\0${name}\0${text}`);
  return hash.digest("hex");
}

async function compile(sources: ReadonlyMap<string, string>, tracing: 0 | 1): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ["index.ts", "--outFile", "core.wasm", ...OPTIONS, "--use", `TRACING=${tracing}`],
    {
      readFile: (name) => sources.get(name) ?? null,
      writeFile: (name, contents) => {
        if (name === "core.wasm") binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) {
    throw new Error(`the EVM's core does not compile: ${stderr.toString()}`, { cause: error });
  }
  return binary;
}
