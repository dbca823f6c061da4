import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { packPackages } from "./packPackages.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(root, "artifacts/release") },
    repository: { type: "string" },
  },
});
const outDir = resolve(values.out);
for (const packed of await packPackages({ root, repositoryUrl: values.repository }, outDir)) {
  const { filename, size, unpackedSize, entryCount } = packed;
  const [packedMb, unpackedMb] = [size, unpackedSize].map((bytes) => (bytes / 1e6).toFixed(2));
  console.log(
    `pack: ${join(outDir, filename)} (${packedMb} MB, installed ${unpackedMb} MB, ${entryCount} files)`,
  );
}
