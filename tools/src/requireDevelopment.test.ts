import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const FILE = fileURLToPath(new URL("requireDevelopment.ts", import.meta.url));

it("without the development packages, tests and benchmarks print what to run", () => {
  const folder = mkdtempSync(join(tmpdir(), "trellis-omit-dev-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const alone = join(folder, "requireDevelopment.ts");
  copyFileSync(FILE, alone);
  const { status, stderr } = spawnSync(process.execPath, [alone], { encoding: "utf8" });
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^This needs .*: run `npm ci` first\.\n$/)]);
  expect(spawnSync(process.execPath, [FILE]).status).toBe(0);
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const script of ["test", "bench"])
    expect(scripts[`pre${script}`]).toBe("node tools/src/requireDevelopment.ts");
});
