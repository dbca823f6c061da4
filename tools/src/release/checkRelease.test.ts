import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { checkRelease } from "./checkRelease.ts";

const root = mkdtempSync(join(tmpdir(), "trellis-release-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const FILES = {
  "package.json": '{ "version": "1.2.0" }',
  "package-lock.json": '{ "version": "1.2.0" }',
  "packages/base/package.json": '{ "version": "1.2.0" }',
  "bench/package.json": '{ "version": "1.2.0" }',
  "tools/package.json": '{ "version": "1.2.0" }',
  "sdk/python/pyproject.toml": '[project]\nversion = "1.2.0"\n',
  "CHANGELOG.md":
    "# Changelog\n\n## [Unreleased]\n\n- soon\n\n## [1.2.0] - 2026-11-25\n\n### Added\n\n- this\n\n## [1.1.0] - 2026-01-01\n\n- old\n",
};

function git(...argv: string[]): void {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@trellis.invalid"];
  execFileSync("git", [...identity, ...argv], { cwd: root, stdio: "ignore" });
}

function commit(changes: Partial<typeof FILES> = {}): void {
  for (const [file, text] of Object.entries({ ...FILES, ...changes })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", "Change");
}

it("accepts a commit whose version is everywhere, with the version's notes", () => {
  commit();
  expect(checkRelease(root)).toEqual({
    release: { version: "1.2.0", tag: "v1.2.0", notes: "### Added\n\n- this" },
    problems: [],
  });
  git("tag", "--annotate", "v1.2.0", "--message", "Trellis");
  expect(checkRelease(root).problems).toEqual([]);
});

it("rejects a tag on another commit, annotated or not", () => {
  for (const kind of [["--annotate", "--message", "Trellis"], []]) {
    commit();
    git("tag", "--force", ...kind, "v1.2.0");
    commit();
    expect(checkRelease(root).problems).toEqual([expect.stringContaining("v1.2.0 exists on another commit")]);
  }
});

it("rejects uncommitted and untracked files", () => {
  commit();
  writeFileSync(join(root, "package.json"), '{ "version":  "1.2.0" }');
  writeFileSync(join(root, "new"), "");
  expect(checkRelease(root).problems).toEqual(["uncommitted changes:\nM package.json\n?? new"]);
});

it.each([
  ["packages/base/package.json", '{ "version": "1.1.0" }'],
  ["tools/package.json", '{ "version": "1.2.0-rc.1" }'],
  ["package-lock.json", '{ "version": "1.1.0" }'],
  ["sdk/python/pyproject.toml", '[project]\nversion = "1.1.0"\n'],
])("rejects another version in %s", (file, text) => {
  commit({ [file]: text });
  expect(checkRelease(root).problems).toEqual([expect.stringMatching(`^${file}: version 1`)]);
});

it.each([
  ["no section", "# Changelog\n\n## [Unreleased]\n\n- soon\n"],
  ["an empty section", "## [1.2.0] - 2026-11-25\n\n## [1.1.0] - 2026-01-01\n\n- old\n"],
  ["a section without a date", "## [1.2.0]\n\n- this\n"],
  ["a section of a longer version", "## [1.2.0-rc.1] - 2026-11-25\n\n- this\n"],
])("rejects a changelog with %s", (_, text) => {
  commit({ "CHANGELOG.md": text });
  expect(checkRelease(root).problems).toEqual([expect.stringMatching("^CHANGELOG.md: no section")]);
});
