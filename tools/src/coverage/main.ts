import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { coverageByPackage } from "./coverageByPackage.ts";
import { partlyCovered } from "./partlyCovered.ts";
import { reasonOf } from "./uncounted.ts";

// Run after `npx vitest run --coverage`. For branches, add `--coverage.provider v8` there and `--blocks`
// here.
const FILES_SHOWN_MAX = 15;
const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const summary = JSON.parse(readFileSync(`${root}/coverage/coverage-summary.json`, "utf8"));
const hasBlocks = process.argv.includes("--blocks");
const percent = (part: number) => `${(part * 100).toFixed(1)} %`.padStart(10);

const packages = coverageByPackage(summary, root);
const titles = ["files", "functions", "lines", ...(hasBlocks ? ["branches"] : [])];
console.log(`${"".padEnd(20)}${titles.map((title) => title.padStart(10)).join("")}`);
for (const { name, files, functions, lines, branches } of packages) {
  const parts = [functions, lines, ...(hasBlocks ? [branches] : [])];
  console.log(`${name.padEnd(20)}${String(files).padStart(10)}${parts.map(percent).join("")}`);
}

if (!hasBlocks) console.log("lines are those of functions that ran, whichever branches they took");

const untouched = packages.flatMap((one) => one.untouched);
console.log(`\nfiles of which no function ran in the tests' own processes: ${untouched.length}`);
const byReason = Object.groupBy(untouched, (path) => reasonOf(path) ?? "");
for (const [reason, paths = []] of Object.entries(byReason))
  if (reason !== "") console.log(`  ${reason}: ${paths.length}`);
for (const path of byReason[""] ?? []) console.log(`  not covered: ${path}`);

console.log("\nother files with the most functions that did not run:");
for (const { path, missing, functions } of partlyCovered(summary, root).slice(0, FILES_SHOWN_MAX))
  console.log(`  ${missing} of ${functions}: ${path}`);
