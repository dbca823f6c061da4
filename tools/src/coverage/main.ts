import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { coverageByPackage } from "./coverageByPackage.ts";
import { reasonOf } from "./uncounted.ts";

// After `npx vitest run --coverage`: what the tests covered by package, and what they did not touch and why.
const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const summary = JSON.parse(readFileSync(`${root}/coverage/coverage-summary.json`, "utf8"));
const percent = (part: number) => `${(part * 100).toFixed(1)} %`.padStart(10);

const packages = coverageByPackage(summary, root);
console.log(
  `${"".padEnd(20)}${["files", "lines", "functions", "branches"].map((title) => title.padStart(10)).join("")}`,
);
for (const { name, files, lines, functions, branches } of packages)
  console.log(
    `${name.padEnd(20)}${String(files).padStart(10)}${[lines, functions, branches].map(percent).join("")}`,
  );

const untouched = packages.flatMap((one) => one.untouched);
console.log(`\nfiles of which no function ran in the tests' own processes: ${untouched.length}`);
const byReason = Object.groupBy(untouched, (path) => reasonOf(path) ?? "");
for (const [reason, paths = []] of Object.entries(byReason))
  if (reason !== "") console.log(`  ${reason}: ${paths.length}`);
for (const path of byReason[""] ?? []) console.log(`  not covered: ${path}`);
