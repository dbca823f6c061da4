import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compilerEnvironment, installCompiler } from "./installCompiler.ts";

const SOLC = dirname(createRequire(import.meta.url).resolve("solc/package.json"));
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "trellis-suites-"));
  await mkdir(join(project, "node_modules"));
  await symlink(SOLC, join(project, "node_modules/solc"));
  await installCompiler(project);
});
afterAll(() => rm(project, { recursive: true, force: true }));

it.skipIf(process.platform !== "linux")("gives Hardhat a program that compiles", async () => {
  const folder = join(
    compilerEnvironment(project).XDG_CACHE_HOME!,
    "hardhat-nodejs/compilers-v3/linux-amd64",
  );
  const { builds } = JSON.parse(await readFile(join(folder, "list.json"), "utf8"));
  const [{ path, version, longVersion }] = builds;
  expect(await readdir(folder)).toContain(path);
  const solc = join(folder, path);
  expect(longVersion.split("+")[0]).toBe(version);
  expect(execFileSync(solc, ["--version"], { encoding: "utf8" })).toContain(longVersion);
  const input = {
    language: "Solidity",
    sources: { "A.sol": { content: "pragma solidity ^0.8.0; contract A {}" } },
    settings: { outputSelection: { "*": { "*": ["evm.bytecode.object"] } } },
  };
  const output = execFileSync(solc, ["--standard-json"], { input: JSON.stringify(input), encoding: "utf8" });
  expect(JSON.parse(output).contracts["A.sol"].A.evm.bytecode.object).toMatch(/^60/);
});
