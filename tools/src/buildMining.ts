import { fileURLToPath } from "node:url";
import { buildAssembly } from "./assembly/buildAssembly.ts";
import { unrollPermutation } from "./mining/unrollPermutation.ts";

const PACKAGE = fileURLToPath(new URL("../../packages/mining/", import.meta.url));

export function buildMining(directory = PACKAGE): Promise<"built" | "unchanged"> {
  return buildAssembly({
    directory,
    sources: "assembly",
    stamp: "heavy.sha256",
    builds: [{ file: "heavy.wasm", entry: "index.ts", options: ["-O2", "--enable", "relaxed-simd"] }],
    generatedSources: { "permute.ts": unrollPermutation },
  });
}
