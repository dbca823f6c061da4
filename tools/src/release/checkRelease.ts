import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readPackages } from "../source/readPackages.ts";

export interface Release {
  readonly version: string;
  readonly tag: string;
  /** The version's section of the changelog. */
  readonly notes: string;
}

const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** @returns the release of the checked-out commit, or why it cannot be released */
export function checkRelease(root: string): {
  readonly release: Release;
  readonly problems: readonly string[];
} {
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const { version } = JSON.parse(read("package.json")) as { readonly version: string };
  const release = { version, tag: `v${version}`, notes: notesOf(read("CHANGELOG.md"), version) };
  const problems: string[] = [];
  if (!SEMVER.test(version)) problems.push(`package.json: ${version} is not a semantic version`);
  const changed = git(root, "status", "--porcelain");
  if (changed !== "") problems.push(`uncommitted changes:\n${changed}`);
  for (const [file, found] of versions(root, read))
    if (found !== version) problems.push(`${file}: version ${found}, but ${version} in package.json`);
  if (release.notes === "")
    problems.push(`CHANGELOG.md: no section "## [${version}] - YYYY-MM-DD" with entries`);
  const tagged = git(root, "tag", "--list", release.tag, "--format", "%(*objectname)%(objectname)");
  if (tagged !== "" && !tagged.startsWith(git(root, "rev-parse", "HEAD")))
    problems.push(`the tag ${release.tag} exists on another commit: increase the version`);
  return { release, problems };
}

function versions(
  root: string,
  read: (file: string) => string,
): [file: string, version: string | undefined][] {
  const manifests = readPackages(root).map(({ directory }) => `${directory}/package.json`);
  return [
    ...manifests.map((file): [string, string] => [file, JSON.parse(read(file)).version]),
    ["package-lock.json", JSON.parse(read("package-lock.json")).version],
    ["sdk/python/pyproject.toml", /^version = "(.*)"$/m.exec(read("sdk/python/pyproject.toml"))?.[1]],
  ];
}

function notesOf(changelog: string, version: string): string {
  const section = changelog
    .split(/^(?=## )/m)
    .find((text) => text.startsWith(`## [${version}] - `) && /^## \S+ - \d{4}-\d{2}-\d{2}\n/.test(text));
  return section?.slice(section.indexOf("\n")).trim() ?? "";
}

function git(root: string, ...argv: string[]): string {
  return execFileSync("git", argv, { cwd: root, encoding: "utf8" }).trim();
}
