import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const REPORTER = fileURLToPath(new URL("./reportNodeTests.ts", import.meta.url));
const TESTS = `
import { describe, it } from "node:test";
describe("a", () => {
  describe("b", () => it("passes", () => {}));
  it("fails", () => { throw new Error("too much gas"); });
});
describe("c", () => it("passes", () => {}));
`;

it("writes one line per test, with the titles of its groups", async () => {
  const directory = await mkdtemp(join(tmpdir(), "trellis-suites-"));
  try {
    await writeFile(join(directory, "some.test.mjs"), TESTS);
    const argv = [
      "--test",
      `--test-reporter=${REPORTER}`,
      "--test-reporter-destination=lines",
      "some.test.mjs",
    ];
    // Node's test runner refuses to run in one of its own.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    expect(() => execFileSync(process.execPath, argv, { cwd: directory, env, stdio: "pipe" })).toThrow();
    const lines = (await readFile(join(directory, "lines"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { title: "a b passes" },
      { title: "a fails", failure: "too much gas" },
      { title: "c passes" },
    ]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
