import { expect, it } from "vitest";
import { runSuites } from "./runSuites.ts";
import { SUITES } from "./suites.ts";

async function run(...argv: string[]) {
  const lines: string[] = [];
  const code = await runSuites(argv, "/nowhere", (line) => lines.push(line));
  return { code, text: lines.join("\n") };
}

it.each([["--help"], ["-h"], ["solmate", "--help"]])("prints its usage for %s", async (...argv) => {
  const { code, text } = await run(...argv);
  expect(code).toBe(0);
  expect(text).toMatch(/^usage: npm run suites/);
});

it.each([
  [[], "no suite given"],
  [["solmat"], "no suite solmat"],
  [["solmate", "--rpc"], "Unknown option '--rpc'"],
  [["solmate", "--rpc-url"], "--rpc-url"],
])("names the problem and all suites for %j", async (argv, problem) => {
  const { code, text } = await run(...argv);
  expect(code).toBe(2);
  expect(text.split("\n")[0]).toContain(problem);
  for (const { name } of SUITES) expect(text).toContain(name);
});
