import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

// `npm run mutate -- FOLDER [TEST...]`: changes the folder's sources one place at a time, and runs the folder's own tests,
// and those that are named, on each change. The other settings are in stryker.config.json.
const root = fileURLToPath(new URL("../../", import.meta.url));
const [folder, ...tests] = process.argv.slice(2).map((path) => path.replace(/\/+$/, ""));

if (folder === undefined || !existsSync(`${root}${folder}`)) {
  process.stderr.write("usage: npm run mutate -- FOLDER [TEST...], such as packages/arbitrage/src/risk\n");
  process.exit(2);
}

// The command line separates patterns by commas, so that braces cannot be used.
const own = `${folder}/**/*.test.ts?(x)`;
const ignored = [own, `${folder}/**/fixtures/**`, `${folder}/**/testing/**`].map((pattern) => `!${pattern}`);
const sources = [`${folder}/**/*.ts?(x)`, ...ignored];
const argv = [
  "run",
  "stryker.config.json",
  "--mutate",
  sources.join(),
  "--testFiles",
  [own, ...tests].join(),
];
const child = spawn(`${root}node_modules/.bin/stryker`, argv, { cwd: root, stdio: "inherit" });
child.on("close", (code) => process.exit(code ?? 1));
