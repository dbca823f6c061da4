import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { buildEvm } from "./buildEvm.ts";

const EVM = fileURLToPath(new URL("../../packages/evm/", import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "build-evm-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it("CORE_COMPILE_FAILED", async () => {
  await mkdir(join(directory, "src/core"), { recursive: true });
  await writeFile(join(directory, "src/core/index.ts"), "export function broken(): u32 { return nowhere; }");
  await expect(buildEvm(directory)).rejects.toMatchObject({ code: "CORE_COMPILE_FAILED" });
});

it("does nothing when the sources are those of the last build", async () => {
  await cp(join(EVM, "src/core"), join(directory, "src/core"), { recursive: true });
  await mkdir(join(directory, "generated"));
  await cp(join(EVM, "generated/core.sha256"), join(directory, "generated/core.sha256"));
  expect(await buildEvm(directory)).toBe("unchanged");
  expect((await readFile(join(EVM, "generated/core.wasm"))).length).toBeGreaterThan(10_000);
});
