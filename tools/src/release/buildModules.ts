import { fileURLToPath, pathToFileURL } from "node:url";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";

/** A package that the built modules import, and the source that does. */
export interface Import {
  readonly specifier: string;
  readonly importer: string;
}

interface BuildOptions {
  readonly root: string;
  /** Relative to `root`. */
  readonly entries: readonly string[];
  readonly outDir: string;
  /** Drops modules that no export needs. A library starts no threads. */
  readonly isLibrary: boolean;
}

const FILE_URL = /new URL\("(\.[^"]+)\.ts", import\.meta\.url\)/g;

/** Node.js does not strip types inside `node_modules`. One module a source keeps files and threads apart. */
export async function buildModules({ root, entries, outDir, isLibrary }: BuildOptions): Promise<Import[]> {
  const build = await rolldown({
    cwd: root,
    input: entries.map((entry) => `${root}/${entry}`),
    platform: "node",
    external: (id) => !/^[./]/.test(id) && !id.startsWith("@trellis/"),
    treeshake: isLibrary ? { moduleSideEffects: false } : true,
    preserveEntrySignatures: "strict",
    plugins: isLibrary ? [] : [fileUrls()],
  });
  const { output } = await build.write({
    dir: outDir,
    format: "esm",
    preserveModules: true,
    preserveModulesRoot: root,
    entryFileNames: "[name].js",
  });
  await build.close();
  const chunks = output.filter((part) => part.type === "chunk");
  const files = new Set(chunks.map(({ fileName }) => fileName));
  return chunks.flatMap((chunk) => foreignImports(chunk, files));
}

/** Threads and processes are started by the address of their module. */
function fileUrls(): Plugin {
  return {
    name: "file-urls",
    transform(code, id) {
      const replaced = code.replace(FILE_URL, (_, path: string) => {
        this.emitFile({ type: "chunk", id: fileURLToPath(new URL(`${path}.ts`, pathToFileURL(id))) });
        return `new URL("${path}.js", import.meta.url)`;
      });
      return replaced === code ? undefined : { code: replaced };
    },
  };
}

function foreignImports(chunk: OutputChunk, files: ReadonlySet<string>): Import[] {
  const importer = chunk.moduleIds.at(-1) ?? chunk.fileName;
  return [...chunk.imports, ...chunk.dynamicImports]
    .filter((specifier) => !files.has(specifier) && !specifier.startsWith("node:"))
    .map((specifier) => ({ specifier, importer }));
}
