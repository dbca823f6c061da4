import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

const PROVIDER = new URL("./functionCoverage.ts", import.meta.url).href;

/** Loads the provider again, as Vitest does per isolated file. */
const PROGRAM = `
import { readFileSync } from "node:fs";
const [, provider, sample, folder] = process.argv;
const { default: first } = await import(provider);
await first.startCoverage({ isolate: true });
const { called } = await import(sample);
called(true); called(true);
const { default: second } = await import(provider + "?again");
const written = await second.takeCoverage({ coverageFilesDirectory: folder });
await second.stopCoverage({ isolate: true });
const { result } = JSON.parse(readFileSync(written, "utf8"));
const functions = result.find(({ url }) => url.endsWith("sample.mjs")).functions;
console.log(JSON.stringify(functions.filter(({ functionName }) => functionName !== "")));
`;

it("marks executed functions, and no blocks, also when the provider is loaded again", () => {
  const folder = mkdtempSync(join(tmpdir(), "trellis-coverage-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sample = join(folder, "sample.mjs");
  writeFileSync(sample, "export function called(is) { return is ? 1 : 2; }\nexport function other() {}\n");
  const args = ["--input-type=module", "--eval", PROGRAM, PROVIDER, sample, folder];
  const functions = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  expect(functions).toMatchObject([
    { functionName: "called", isBlockCoverage: false, ranges: [{ count: 1 }] },
    { functionName: "other", isBlockCoverage: false, ranges: [{ count: 0 }] },
  ]);
});
