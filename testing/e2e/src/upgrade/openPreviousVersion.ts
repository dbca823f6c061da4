import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const EXECUTABLE = "apps/trellis/bin/trellis.js";
/** Not in git. The builders below build again what differs. */
const GENERATED = [
  "apps/trellis/generated",
  "apps/console/dist",
  "packages/client/generated",
  "packages/contracts/generated",
  "packages/evm/generated",
  "packages/mining/generated",
  "packages/reserves/generated",
  "testing/market/generated",
];
const BUILDERS = ["buildEvm", "buildMining", "buildReserves", "buildContracts"];

export interface PreviousVersion {
  readonly revision: string;
  readonly executable: string;
}

/**
 * Unpacks the last release, or else the previous commit, into an empty directory, and links the installed
 * packages. TRELLIS_PREVIOUS names another commit.
 */
export function openPreviousVersion(directory: string): PreviousVersion | { readonly reason: string } {
  const revision = process.env.TRELLIS_PREVIOUS ?? lastRelease() ?? git("rev-parse", "--verify", "HEAD~1");
  if (revision === undefined) return skipped("there is no git history here: no previous version is tested");
  const archive = join(directory, "previous.tar");
  const previous = join(directory, "previous");
  mkdirSync(previous);
  if (git("archive", "--output", archive, revision) === undefined)
    return skipped(`git has no ${revision}: no previous version is tested`);
  execFileSync("tar", ["-xf", archive, "-C", previous]);
  if (git("diff", "--quiet", revision, "--", "package-lock.json") === undefined)
    console.warn(`${revision} runs with the packages of this version: package-lock.json differs`);
  linkPackages(previous);
  for (const place of GENERATED.filter((each) => existsSync(join(ROOT, each))))
    cpSync(join(ROOT, place), join(previous, place), { recursive: true });
  const builders = BUILDERS.filter((name) => existsSync(join(previous, `tools/src/${name}.ts`)));
  const build = builders.map((name) => `(await import("./tools/src/${name}.ts")).${name}()`);
  // A file, because threads that compile would inherit --input-type, and fail.
  const builder = join(previous, "build.js");
  writeFileSync(builder, `await Promise.all([${build.join(", ")}]);\n`);
  execFileSync(process.execPath, [builder], { cwd: previous, stdio: ["ignore", "ignore", "inherit"] });
  return { revision, executable: join(previous, EXECUTABLE) };
}

function lastRelease(): string | undefined {
  return git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD~1");
}

function skipped(reason: string): { readonly reason: string } {
  console.warn(reason);
  return { reason };
}

/** Undefined if the command fails. */
function git(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Own packages come from the previous version, all others from this one. */
function linkPackages(previous: string): void {
  const { workspaces } = JSON.parse(readFileSync(join(previous, "package.json"), "utf8"));
  linkAll("node_modules", previous);
  for (const workspace of new Set((workspaces as string[]).map((pattern) => dirname(pattern))))
    for (const name of readdirSync(join(ROOT, workspace)))
      linkAll(join(workspace, name, "node_modules"), previous);
}

function linkAll(place: string, previous: string): void {
  if (!existsSync(join(ROOT, place)) || !existsSync(join(previous, dirname(place)))) return;
  mkdirSync(join(previous, place), { recursive: true });
  for (const name of readdirSync(join(ROOT, place)).filter((each) => each !== ".cache")) {
    const from = join(ROOT, place, name);
    if (name === "@trellis") linkAll(join(place, name), previous);
    else symlinkSync(ownPackage(from, previous) ?? from, join(previous, place, name));
  }
}

function ownPackage(link: string, previous: string): string | undefined {
  const inside = relative(ROOT, realpathSync(link));
  if (inside.startsWith("..") || inside.split("/").includes("node_modules")) return undefined;
  return join(previous, inside);
}
