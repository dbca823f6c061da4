import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { compileSource } from "./compileContracts.ts";
import { shardTokenSource } from "./shards/ShardToken.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const GIVEN = "declare const key: string;\n";

it("the TypeScript examples of the README and the guides type-check", () => {
  const generated = join(ROOT, "testing/e2e/generated");
  mkdirSync(generated, { recursive: true });
  const folder = mkdtempSync(join(generated, "examples-"));
  try {
    const files = writeExamples(folder);
    expect(files).toContain("sdks-1.ts");
    const config = { extends: join(ROOT, "tsconfig.json"), files, include: [], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder]);
    expect(tsc.stdout.toString() + tsc.stderr).toBe("");
    expect(tsc.status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("the Solidity example of the guide to shards compiles", async () => {
  const { abi } = await compileSource("ShardToken", shardTokenSource());
  const names = abi.flatMap((entry) => (entry.type === "function" ? [entry.name] : []));
  expect(names).toEqual(expect.arrayContaining(["transferAcross", "receiveAcross", "balanceOf"]));
});

function writeExamples(folder: string): string[] {
  const guides = readdirSync(join(ROOT, "docs/guides")).filter((name) => name.endsWith(".md"));
  return ["README.md", ...guides.map((name) => `docs/guides/${name}`)].flatMap((document) => {
    const text = readFileSync(join(ROOT, document), "utf8");
    const name = document.replace(/^.*\//, "").replace(".md", "");
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example = ""], index) => {
      const file = `${name}-${index + 1}.ts`;
      writeFileSync(join(folder, file), example + GIVEN);
      return file;
    });
  });
}
