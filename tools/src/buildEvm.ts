import { fileURLToPath } from "node:url";
import { buildAssembly } from "./assembly/buildAssembly.ts";
import { unrollBarrett } from "./evm/unrollBarrett.ts";
import { unrollBlake2 } from "./evm/unrollBlake2.ts";
import { unrollKeccak } from "./evm/unrollKeccak.ts";
import { unrollLanes } from "./evm/unrollLanes.ts";
import { unrollMulmod } from "./evm/unrollMulmod.ts";

const PACKAGE = fileURLToPath(new URL("../../packages/evm/", import.meta.url));

/** core/layout.ts depends on this memory base. */
const CORE_OPTIONS = ["-O3", "--converge", "--importMemory", "--memoryBase", "655360", "--importTable"];

/** Of unrolled code, -O3 is slower, and converging takes minutes (measured). */
const PAIRING_OPTIONS = ["-O2", "--initialMemory", "3"];
/** Fast build, which needs fused multiply-add. */
const FUSED = ["--enable", "relaxed-simd", "--use", "FUSED=1", "--use", "CHECKED=0"];
/** Fallback, which checks bounds and is several times slower. Inlining every product would double its size and build time. */
const PORTABLE = ["--use", "FUSED=0", "--use", "CHECKED=1", "--shrinkLevel", "1"];

/** The constant TRACING removes tracing code from core.wasm. */
const BUILDS = [
  { file: "core.wasm", entry: "index.ts", options: [...CORE_OPTIONS, "--use", "TRACING=0"] },
  { file: "tracing.wasm", entry: "index.ts", options: [...CORE_OPTIONS, "--use", "TRACING=1"] },
  {
    file: "barrett.wasm",
    entry: "barrett/index.ts",
    options: ["-O3", "--importMemory", "--enable", "relaxed-simd"],
  },
  { file: "pairing.wasm", entry: "pairing/index.ts", options: [...PAIRING_OPTIONS, ...FUSED] },
  { file: "pairing-portable.wasm", entry: "pairing/index.ts", options: [...PAIRING_OPTIONS, ...PORTABLE] },
] as const;

export function buildEvm(directory = PACKAGE): Promise<"built" | "unchanged"> {
  return buildAssembly({
    directory,
    sources: "src/core",
    stamp: "core.sha256",
    builds: BUILDS,
    generatedSources: {
      "blake2Rounds.ts": unrollBlake2,
      "sponge.ts": unrollKeccak,
      "mulmodFour.ts": unrollMulmod,
      "barrett/multiplyModulo.ts": unrollBarrett,
      "pairing/products.ts": unrollLanes,
    },
  });
}
