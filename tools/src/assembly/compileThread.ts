import { parentPort, workerData } from "node:worker_threads";
import asc from "assemblyscript/asc";

export interface Compilation {
  readonly sources: ReadonlyMap<string, string>;
  readonly entry: string;
  readonly options: readonly string[];
}

export type Compiled = { readonly binary: Uint8Array } | { readonly message: string };

const { sources, entry, options } = workerData as Compilation;
let binary: Uint8Array | undefined;
const { error, stderr } = await asc.main([entry, "--outFile", "out.wasm", ...options], {
  readFile: (path) => sources.get(path) ?? null,
  writeFile: (path, contents) => {
    if (path === "out.wasm") binary = contents as Uint8Array;
  },
  listFiles: () => [],
});
const compiled: Compiled =
  error === null && binary !== undefined ? { binary } : { message: `${error ?? ""}\n${stderr}`.trim() };
parentPort!.postMessage(compiled);
