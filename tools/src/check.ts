import { fileURLToPath } from "node:url";
import { checkErrors } from "./errors/checkErrors.ts";
import { errorsDocument } from "./errors/errorsDocument.ts";
import { readErrorTables } from "./errors/readErrorTables.ts";
import { type Finding, findingLine, sorted } from "./finding.ts";
import { checkImports } from "./layers/checkImports.ts";
import { graphDocument, importGraph } from "./layers/graph.ts";
import { checkLock } from "./lock/checkLock.ts";
import { runTool } from "./runTool.ts";
import { readTree } from "./source/readTree.ts";
import { checkSpec } from "./spec/checkSpec.ts";
import { checkTidy } from "./tidy/checkTidy.ts";
import { keepWritten } from "./writtenPart.ts";

// `npm run check`: everything about the sources that can be decided without running them.
// `npm run check -- --write` also formats, and writes what is generated into the documents and the lock.

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const write = process.argv.includes("--write");

let findingCount = 0;

async function step(name: string, run: () => Promise<Finding[]> | Finding[]): Promise<void> {
  const startMs = performance.now();
  const findings = await run();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`${findings.length === 0 ? "ok  " : "FAIL"}  ${name}  (${seconds} s)`);
  for (const finding of sorted(findings)) console.log(`      ${findingLine(finding)}`);
  findingCount += findings.length;
}

await step("format and lint", () =>
  runTool(root, "biome", ["check", ...(write ? ["--write"] : []), "--max-diagnostics=100"]),
);
await step("types", () => runTool(root, "tsc", ["-p", "."]));
const tree = readTree(root);
await step("layers", () => checkImports(tree));
await step("layers drawn in docs/ARCHITECTURE.md", () => {
  const content = graphDocument(importGraph(tree));
  return keepWritten(root, { file: "docs/ARCHITECTURE.md", name: "layers", content }, write);
});
await step("tidy", () => checkTidy(tree));
const tables = await readErrorTables(tree);
await step("error codes", () => checkErrors(tree, tables));
await step("error codes in docs/api/errors.md", () =>
  keepWritten(root, { file: "docs/api/errors.md", content: errorsDocument(tables) }, write),
);
await step("rules of docs/spec", () => checkSpec(tree));
await step("lock", () => checkLock(root, write));

console.log(findingCount === 0 ? "check: all good" : `check: ${findingCount} findings`);
process.exit(findingCount === 0 ? 0 : 1);
