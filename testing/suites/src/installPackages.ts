import { execFile } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Installs the packages of `suites/<name>/package-lock.json`, and no package's scripts run. */
export async function installPackages(name: string, project: string): Promise<void> {
  const lock = fileURLToPath(new URL(`../${name}/`, import.meta.url));
  for (const file of ["package.json", "package-lock.json"])
    await copyFile(join(lock, file), join(project, file));
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: project,
    maxBuffer: 64 << 20,
  });
}
