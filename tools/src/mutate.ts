import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { scoreOf } from "./mutation/sample.ts";
import { OUTSIDE } from "./mutation/sampleChecker.ts";

// stryker.config.json has the other settings.
const USAGE =
  "usage: npm run mutate -- FOLDER [TEST...] [--sample N [--seed S]], such as packages/arbitrage/src/risk\n";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { folder, tests, count, seed } = parse();
process.chdir(root);

const everyTest = `${folder}/**/*.test.{ts,tsx}`;
// Excludes tests that replace modules or read sources.
const own = `${folder}/**/!(*.isolated|browser).test.{ts,tsx}`;
const results = await new Stryker({
  mutate: [
    `${folder}/**/*.{ts,tsx}`,
    `!${everyTest}`,
    `!${folder}/**/testing/**`,
    `!${folder}/**/testing/**`,
  ],
  testFiles: [own, ...tests],
  vitest: { dir: commonFolder([folder, ...tests]) },
  ...(count !== undefined && {
    checkers: ["sample"],
    plugins: ["@stryker-mutator/vitest-runner", "./tools/src/mutation/sampleChecker.ts"],
    sample: { count, seed, directory: root },
  }),
}).runMutationTest();

const counted = results.filter(({ status }) => status !== "Ignored");
const valid = counted.filter(({ status }) =>
  ["Killed", "Timeout", "Survived", "NoCoverage"].includes(status),
);
const detected = valid.filter(({ status }) => status === "Killed" || status === "Timeout");
const [low, score, high] = scoreOf(detected.length, valid.length).map((value) => value.toFixed(1));
process.stdout.write(`${detected.length} of ${valid.length} changes detected: ${score} %\n`);
if (counted.some(({ statusReason }) => statusReason === OUTSIDE))
  process.stdout.write(
    `a sample of ${counted.length} changes, seed ${seed}: ${low} to ${high} % (95 % interval)\n`,
  );

/** Narrowest folder, because Vitest searches it once per mutant. */
function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split("/"));
  const length = first.findIndex((name, place) => others.some((other) => other[place] !== name));
  return join(...first.slice(0, length === -1 ? first.length : length));
}

function parse() {
  const { values, positionals } = parseArgs({
    options: { sample: { type: "string" }, seed: { type: "string", default: "1" } },
    allowPositionals: true,
  });
  const [folder, ...tests] = positionals.map((path) => path.replace(/\/+$/, ""));
  const count = values.sample === undefined ? undefined : Number(values.sample);
  const seed = Number(values.seed);
  const known = folder !== undefined && existsSync(`${root}${folder}`);
  if (
    !known ||
    !Number.isSafeInteger(seed) ||
    (count !== undefined && !(Number.isSafeInteger(count) && count > 0))
  ) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  return { folder, tests, count, seed };
}
