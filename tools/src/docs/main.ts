import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { preview } from "vite";
import { buildDocs } from "./buildDocs.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(root, "docs/generated/site") },
    repository: { type: "string" },
    serve: { type: "boolean", default: false },
    port: { type: "string", default: "4173" },
  },
});

const outDir = resolve(values.out);
const startMs = performance.now();
const site = await buildDocs({ root, outDir, repositoryUrl: values.repository });
const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
console.log(`docs: ${site.pageCount} pages in ${site.directory} (${seconds} s)`);
if (values.serve) {
  const server = await preview({
    root: dirname(outDir),
    configFile: false,
    appType: "mpa",
    build: { outDir: basename(outDir) },
    preview: { host: "127.0.0.1", port: Number(values.port) },
  });
  console.log(`docs: ${server.resolvedUrls?.local[0]}${site.version}/`);
}
