import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Import } from "./buildModules.ts";

interface DeclarationOptions {
  readonly root: string;
  /** Relative to `root`. */
  readonly entries: readonly string[];
  readonly outDir: string;
  /** Specifier → module, of the workspaces. */
  readonly modules: ReadonlyMap<string, string>;
}

const SPECIFIER = /((?:from |import |import\()")([^"]+)(?=")/g;

/** Writes the declarations that the entries reach. */
export function emitDeclarations(options: DeclarationOptions): Import[] {
  const { root, entries, outDir, modules } = options;
  const scratch = join(outDir, ".declarations");
  compile(options, scratch);
  const foreign: Import[] = [];
  const reached = new Set(entries);
  for (const source of reached) {
    const file = source.replace(/\.ts$/, ".d.ts");
    const text = readFileSync(join(scratch, file), "utf8").replace(
      SPECIFIER,
      (all, before: string, specifier) => {
        const target = specifier.startsWith(".")
          ? posix.join(posix.dirname(source), specifier)
          : modules.get(specifier);
        if (target === undefined) {
          if (!specifier.startsWith("node:")) foreign.push({ specifier, importer: join(root, source) });
          return all;
        }
        reached.add(target);
        const path = posix.relative(posix.dirname(source), target).replace(/\.ts$/, ".js");
        return `${before}${path.startsWith(".") ? path : `./${path}`}`;
      },
    );
    mkdirSync(dirname(join(outDir, file)), { recursive: true });
    writeFileSync(join(outDir, file), text);
  }
  rmSync(scratch, { recursive: true });
  return foreign;
}

function compile({ root, entries, modules }: DeclarationOptions, outDir: string): void {
  mkdirSync(outDir, { recursive: true });
  const absolute = (file: string): string => join(root, file);
  const config = {
    extends: absolute("tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: root,
      outDir,
      // As sources: without this, TypeScript takes workspaces for foreign packages and emits nothing.
      paths: Object.fromEntries([...modules].map(([specifier, file]) => [specifier, [absolute(file)]])),
      types: [absolute("node_modules/@types/node")],
    },
    files: entries.map(absolute),
    include: [],
    exclude: [],
  };
  const file = join(outDir, "tsconfig.json");
  writeFileSync(file, JSON.stringify(config));
  const { status, stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", file], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`declarations do not compile:\n${stdout}`);
}
