import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Import } from "./buildModules.ts";
import type { PublishedPackage } from "./published.ts";

interface ManifestOptions {
  readonly root: string;
  readonly repositoryUrl: string | undefined;
  readonly imports: readonly Import[];
}

type Versions = Readonly<Record<string, string>>;

interface WorkspaceManifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

const NODE = ">=24";

/** The published `package.json`. It declares only packages that the built modules import. */
export function manifestOf(published: PublishedPackage, { root, repositoryUrl, imports }: ManifestOptions) {
  const { version, license, optionalDependencies: runtimes } = readManifest(root, "");
  const { dependencies, optionalDependencies } = versionsOf(root, imports);
  const { name, description, directory, bin } = published;
  return {
    name,
    version,
    description,
    type: "module",
    license,
    ...(repositoryUrl && { repository: { type: "git", url: `git+${repositoryUrl}.git`, directory } }),
    ...(bin
      ? { bin, optionalDependencies: { ...optionalDependencies, ...runtimes } }
      : { exports: exportsOf(published), sideEffects: false, engines: { node: NODE } }),
    dependencies,
    // Only the pipeline can publish: provenance needs its identity.
    publishConfig: { access: "public", provenance: true },
  };
}

function exportsOf({ exports }: PublishedPackage) {
  const entries = Object.entries(exports).map(([subpath, source]) => {
    const module = `./${source.replace(/\.ts$/, "")}`;
    return [subpath, { types: `${module}.d.ts`, default: `${module}.js` }];
  });
  return { ...Object.fromEntries(entries), "./package.json": "./package.json" };
}

function versionsOf(root: string, imports: readonly Import[]) {
  const dependencies: Record<string, string> = {};
  const optionalDependencies: Record<string, string> = {};
  for (const { specifier, importer } of imports.toSorted((a, b) => (a.specifier < b.specifier ? -1 : 1))) {
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    const workspace = relative(root, importer).split("/", 2).join("/");
    const manifest = readManifest(root, workspace);
    const required = manifest.dependencies?.[name];
    const optional = manifest.optionalDependencies?.[name];
    if (required !== undefined) dependencies[name] = required;
    else if (optional !== undefined) optionalDependencies[name] = optional;
    else throw new Error(`${relative(root, importer)} imports ${name}, which ${workspace} does not declare`);
  }
  return { dependencies, optionalDependencies };
}

function readManifest(root: string, directory: string): WorkspaceManifest {
  return JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8"));
}
