import { fileURLToPath } from "node:url";
import { buildAssembly } from "./assembly/buildAssembly.ts";
import { unrollKeccak } from "./evm/unrollKeccak.ts";
import { unrollMontgomery } from "./evm/unrollMontgomery.ts";
import { unrollMulmod } from "./evm/unrollMulmod.ts";

const PACKAGE = fileURLToPath(new URL("../../packages/evm/", import.meta.url));

/** The compiler's own constants, above all fixed addresses of core/layout.ts. */
const CORE_OPTIONS = ["--importMemory", "--memoryBase", "655360"];

/** Both builds of the core come from one source: TRACING is a constant, so that the plain one has no trace of tracing. */
const BUILDS = [
  { file: "core.wasm", entry: "index.ts", options: [...CORE_OPTIONS, "--use", "TRACING=0"] },
  { file: "tracing.wasm", entry: "index.ts", options: [...CORE_OPTIONS, "--use", "TRACING=1"] },
  { file: "pairing.wasm", entry: "pairing/index.ts", options: ["--initialMemory", "2"] },
] as const;

/**
 * Compiles `packages/evm/src/core` into WebAssembly in `generated/`. Does nothing when neither sources nor options
 * nor the compiler changed.
 * @throws CORE_COMPILE_FAILED
 */
export function buildEvm(directory = PACKAGE): Promise<"built" | "unchanged"> {
  return buildAssembly({
    directory,
    sources: "src/core",
    stamp: "core.sha256",
    builds: BUILDS,
    generatedSources: {
      "keccakPermutation.ts": unrollKeccak,
      "mulmodFour.ts": unrollMulmod,
      "pairing/montgomery.ts": unrollMontgomery,
    },
  });
}
