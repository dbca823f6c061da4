import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { runTool } from "../runTool.ts";
import { checkLicences } from "./checkLicences.ts";
import { type SbomLicence, writeSbom } from "./writeSbom.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const scratch = mkdtempSync(join(tmpdir(), "trellis-scan-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const component = (...licenses: SbomLicence[]) => ({ group: "@a", name: "b", version: "1.0.0", licenses });

it.each<[string, SbomLicence[]]>([
  ["one of the list", [{ license: { id: "MIT" } }]],
  ["a choice with one of the list", [{ expression: "GPL-3.0-only OR Apache-2.0" }]],
  ["two of the list together", [{ expression: "(MIT AND Zlib)" }]],
])("accepts %s", (_, licenses) => {
  expect(checkLicences({ components: [component(...licenses)] })).toEqual([]);
});

it.each<[string, SbomLicence[]]>([
  ["copyleft", [{ license: { id: "GPL-3.0-only" } }]],
  ["copyleft beside one of the list", [{ license: { id: "MIT" } }, { license: { id: "LGPL-3.0-only" } }]],
  ["both of a pair that is half allowed", [{ expression: "MIT AND AGPL-3.0-only" }]],
  ["a text that is not SPDX", [{ license: { name: "SEE LICENSE IN FILE" } }]],
  ["no licence", []],
])("rejects %s", (_, licenses) => {
  const findings = checkLicences({ components: [component(...licenses)] });
  expect(findings.map(({ file, rule }) => `${file} ${rule}`)).toEqual(["@a/b licence"]);
});

it("the SBOM lists production dependencies alone, and all of them have an allowed licence", () => {
  const sbom = writeSbom(ROOT, join(scratch, "sbom.json"));
  const names = sbom.components.map(({ group, name }) => [group, name].filter(Boolean).join("/"));
  expect(names).toEqual(
    expect.arrayContaining(["@nxtedition/rocksdb", "@trellis/base", "fastify", "lmdb", "viem"]),
  );
  expect(names.some((name) => name.startsWith("node-"))).toBe(true);
  expect(names.filter((name) => ["@trellis/kit", "hardhat", "vite", "vitest"].includes(name))).toEqual([]);
  expect(checkLicences(sbom)).toEqual([]);
});

it("finds keys and tokens in files", async () => {
  const file = join(scratch, "settings.txt");
  // In parts, because this file is scanned too.
  writeFileSync(file, `token = ghp_${"wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"}\n`);
  const argv = ["--no-glob", "--no-gitignore", "--no-color", file];
  const [finding] = await runTool(ROOT, "secretlint", argv);
  expect(finding?.message).toContain("secretlint-rule-github");
  writeFileSync(file, "token = env:TOKEN\n");
  expect(await runTool(ROOT, "secretlint", argv)).toEqual([]);
});
