import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UNNEEDED_SCRIPTS } from "./lock/installScripts.ts";
import { runCheck } from "./runCheck.ts";
import { runTool } from "./runTool.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "trellis-check-"));
  const allowScripts = Object.fromEntries(Object.keys(UNNEEDED_SCRIPTS).map((name) => [name, false]));
  write("package.json", JSON.stringify({ allowScripts }));
  write("package-lock.json", JSON.stringify({ packages: {} }));
  for (const name of ["base", "protocol"]) {
    write(
      `packages/${name}/package.json`,
      JSON.stringify({ name: `@trellis/${name}`, exports: { ".": "x" } }),
    );
    write(`packages/${name}/src/index.ts`, "export {};\n");
  }
  write(
    "docs/ARCHITECTURE.md",
    "# A\n<!-- layers -->\n<!-- /layers -->\n<!-- rooms of chain -->\n<!-- /rooms of chain -->\nafter\n",
  );
  write("docs/guides/dev-chain.md", "<!-- methods -->\n<!-- /methods -->\n");
  mkdirSync(join(root, "docs/api"));
});

afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

async function check(writes = false): Promise<{ findings: number; output: string }> {
  const lines: string[] = [];
  const findings = await runCheck({
    root,
    write: writes,
    allowances: [],
    print: (line) => lines.push(line),
    runTool: async () => [],
  });
  return { findings, output: lines.join("\n") };
}

describe("check", () => {
  it("finds stale documents, writes them, and then finds nothing", async () => {
    expect((await check()).output).toContain("docs/ARCHITECTURE.md  document-stale");
    expect((await check(true)).findings).toBe(0);
    expect((await check()).findings).toBe(0);
    const text = readFileSync(join(root, "docs/ARCHITECTURE.md"), "utf8");
    expect(text).toContain("graph TD");
    expect(text).toMatch(/^# A\n/);
    expect(text).toMatch(/\nafter\n$/);
  });

  it("finds a forbidden import in a file", async () => {
    await check(true);
    write("packages/base/src/bad.ts", 'import "@trellis/protocol";\n');
    const { findings, output } = await check();
    expect(findings).toBeGreaterThan(0);
    expect(output).toContain("packages/base/src/bad.ts:1  imports-upwards");
  });

  it("finds an error code that no test names", async () => {
    await check(true);
    const entry = '{ message: "m", hint: "h", consequence: "reject" }';
    write("packages/base/src/errors.ts", `export const baseErrors = { table: { BASE_BAD: ${entry} } };\n`);
    const { output } = await check();
    expect(output).toContain("error-untested  BASE_BAD");
  });

  it("finds the codes of every errors.ts of a package, and those that another passes on once", async () => {
    const entry = '{ message: "m", hint: "h", consequence: "reject" }';
    write(
      "packages/base/src/room/errors.ts",
      `export const roomErrors = { table: { ROOM_BAD: ${entry} } };\n`,
    );
    write("packages/base/src/errors.ts", 'export { roomErrors } from "./room/errors.ts";\n');
    const { output } = await check(true);
    expect(output).toContain("packages/base/src/room/errors.ts  error-untested  ROOM_BAD");
    expect(output).not.toContain("error-ambiguous");
    expect(output.match(/ROOM_BAD/g)).toHaveLength(1);
  });

  it("document-marks: the markers for the drawing are missing", async () => {
    write("docs/ARCHITECTURE.md", "# A\n");
    expect((await check(true)).output).toContain("document-marks");
  });

  it("trims the lock only on request", async () => {
    const dangling = { packages: { "node_modules/a": { optionalDependencies: { b: "1.0.0" } } } };
    write("package-lock.json", JSON.stringify(dangling));
    expect((await check()).output).toContain("lock-dangling");
    expect(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))).toEqual(dangling);
    expect((await check(true)).findings).toBe(0);
  });
});

describe("runTool", () => {
  it("turns a failing tool's output into a finding", async () => {
    write("node_modules/.bin/broken", "#!/bin/sh\necho to stdout\necho to stderr >&2\nexit 3\n");
    write("node_modules/.bin/fine", "#!/bin/sh\nexit 0\n");
    const { chmodSync } = await import("node:fs");
    for (const name of ["broken", "fine"]) chmodSync(join(root, "node_modules/.bin", name), 0o755);
    expect(await runTool(root, "fine", [])).toEqual([]);
    const [finding] = await runTool(root, "broken", []);
    expect(finding?.rule).toBe("exit code 3");
    expect(finding?.message).toContain("to stdout");
    expect(finding?.message).toContain("to stderr");
  });
});
