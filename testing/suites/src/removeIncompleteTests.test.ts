import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { removeIncompleteTests } from "./removeIncompleteTests.ts";

let tests: string;

beforeEach(async () => {
  tests = await mkdtemp(join(tmpdir(), "trellis-suites-"));
});

afterEach(() => rm(tests, { recursive: true }));

it("removes a test whose import is missing, and no other", async () => {
  await mkdir(join(tests, "token"));
  await writeFile(join(tests, "token/helper.js"), "");
  const source = (path: string): string => `import { expect } from 'chai';\nimport { x } from '${path}';\n`;
  await writeFile(join(tests, "token/whole.test.js"), source("./helper"));
  await writeFile(join(tests, "token/incomplete.test.js"), source("../governance/Votes.behavior"));
  expect(await removeIncompleteTests(tests)).toEqual(["token/incomplete.test.js"]);
  expect((await readdir(join(tests, "token"))).toSorted()).toEqual(["helper.js", "whole.test.js"]);
});
