import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildModules } from "./buildModules.ts";
import { emitDeclarations } from "./emitDeclarations.ts";
import { manifestOf } from "./manifestOf.ts";
import type { PublishedPackage } from "./published.ts";
import { workspaceModules } from "./workspaceModules.ts";

export interface StageOptions {
  readonly root: string;
  readonly repositoryUrl: string | undefined;
}

const FILE_URL = /new URL\("(\.[^"]+)", import\.meta\.url\)/g;
/** The cache of compiled modules, which the executable makes. */
const MADE_LATER = /\/\.cache\//;

/** Writes the files of a published package into `outDir`. */
export async function stagePackage(
  published: PublishedPackage,
  { root, repositoryUrl }: StageOptions,
  outDir: string,
): Promise<void> {
  rmSync(outDir, { recursive: true, force: true });
  const { bin, directory, exports, assets } = published;
  const isLibrary = bin === undefined;
  const entries = Object.values(bin ?? exports);
  const imports = await buildModules({ root, entries, outDir, isLibrary });
  if (isLibrary)
    imports.push(...emitDeclarations({ root, entries, outDir, modules: workspaceModules(root) }));
  const manifest = manifestOf(published, { root, repositoryUrl, imports });
  write(outDir, "package.json", manifest);
  // The executable reads its version there.
  if (!isLibrary) write(outDir, `${directory}/package.json`, { version: manifest.version, type: "module" });
  for (const asset of assets) cpSync(join(root, asset), join(outDir, asset), { recursive: true });
  cpSync(join(root, "LICENSE"), join(outDir, "LICENSE"));
  cpSync(join(root, directory, "README.md"), join(outDir, "README.md"));
  checkFileUrls(outDir);
}

function write(outDir: string, file: string, content: object): void {
  writeFileSync(join(outDir, file), `${JSON.stringify(content, undefined, 2)}\n`);
}

function checkFileUrls(outDir: string): void {
  for (const module of globSync("**/*.js", { cwd: outDir }))
    for (const [, path] of readFileSync(join(outDir, module), "utf8").matchAll(FILE_URL))
      if (!MADE_LATER.test(path!) && !existsSync(join(outDir, dirname(module), path!)))
        throw new Error(`${module} opens ${path}, which the package lacks: add it to its assets`);
}
