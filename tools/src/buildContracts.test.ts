import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildContracts } from "./buildContracts.ts";

describe("buildContracts", () => {
  let directory = "";
  const source = (body: string) =>
    writeFile(
      join(directory, "solidity", "Sample.sol"),
      `// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.37;\ncontract Sample { ${body} }\n`,
    );
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-contracts-"));
    await mkdir(join(directory, "solidity"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("compiles once, and again after a source changed", async () => {
    await source("uint256 public answer = 42;");
    expect(await buildContracts(directory)).toBe("built");
    expect(await buildContracts(directory)).toBe("unchanged");
    const path = join(directory, "generated", "Sample.ts");
    const first = await readFile(path, "utf8");
    expect(first).toMatch(/abi: \[[\s\S]*"name": "answer"[\s\S]*runtimeBytecode: "0x60/);
    await source("uint256 public answer = 43;");
    expect(await buildContracts(directory)).toBe("built");
    expect(await readFile(path, "utf8")).not.toBe(first);
  });

  it("CONTRACT_COMPILE_FAILED", async () => {
    await source("this is no Solidity");
    await expect(buildContracts(directory)).rejects.toMatchObject({ code: "CONTRACT_COMPILE_FAILED" });
  });
});
