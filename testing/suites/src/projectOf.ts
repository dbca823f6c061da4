import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sha256 } from "@trellis/crypto";
import type { Suite } from "./Suite.ts";

const run = promisify(execFile);
const BESIDE_THE_PROJECT = fileURLToPath(new URL("../../../../shared/suites", import.meta.url));

/** @returns the archive, or the lock of the packages that hold the tests; undefined if there is no archive */
export function sourceOf({ name, folder }: Pick<Suite, "name" | "folder">): string | undefined {
  if (folder === undefined) return fileURLToPath(new URL(`../${name}/package-lock.json`, import.meta.url));
  const archive = join(process.env.TRELLIS_SUITES ?? BESIDE_THE_PROJECT, `${name}.tar.gz`);
  return existsSync(archive) ? archive : undefined;
}

/** Unpacks and prepares a suite in `directory`, unless it is there. @returns the suite's project */
export async function projectOf(suite: Suite, source: string, directory: string): Promise<string> {
  const place = join(
    directory,
    `${suite.name}-${Buffer.from(sha256(readFileSync(source))).toString("hex", 0, 4)}`,
  );
  const project = join(place, suite.folder ?? ".");
  const done = join(place, ".prepared");
  if (existsSync(done)) return project;
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  if (suite.folder !== undefined) await run("tar", ["-xzf", source, "-C", place]);
  await suite.prepare(project);
  await mkdir(done);
  return project;
}
