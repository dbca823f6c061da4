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

/** @returns undefined if this machine lacks the archive */
export function archiveOf({ name }: Pick<Suite, "name">): string | undefined {
  const archive = join(process.env.TRELLIS_SUITES ?? BESIDE_THE_PROJECT, `${name}.tar.gz`);
  return existsSync(archive) ? archive : undefined;
}

/** Unpacks and prepares a suite in `directory`, unless it is there. @returns the suite's project */
export async function projectOf(suite: Suite, archive: string, directory: string): Promise<string> {
  const place = join(
    directory,
    `${suite.name}-${Buffer.from(sha256(readFileSync(archive))).toString("hex", 0, 4)}`,
  );
  const project = join(place, suite.folder);
  const done = join(place, ".prepared");
  if (existsSync(done)) return project;
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  await run("tar", ["-xzf", archive, "-C", place]);
  await suite.prepare(project);
  await mkdir(done);
  return project;
}
