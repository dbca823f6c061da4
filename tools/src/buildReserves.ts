import { fileURLToPath } from "node:url";
import { buildAssembly } from "./assembly/buildAssembly.ts";
import { unrollSha256 } from "./assembly/unrollSha256.ts";

const PACKAGE = fileURLToPath(new URL("../../packages/reserves/", import.meta.url));

export function buildReserves(directory = PACKAGE): Promise<"built" | "unchanged"> {
  return buildAssembly({
    directory,
    sources: "assembly",
    stamp: "segments.sha256",
    builds: [
      { file: "segments.wasm", entry: "index.ts", options: ["-O3", "--converge", "--initialMemory", "4"] },
    ],
    generatedSources: { "compress.ts": unrollSha256 },
  });
}
