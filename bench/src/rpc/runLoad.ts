import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadRequest, LoadResult } from "./loadRequest.ts";

const PROCESS = fileURLToPath(new URL("./loadProcess.ts", import.meta.url));

/** Runs one load in a process of its own. */
export function runLoad(load: LoadRequest): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(PROCESS);
    child.once("message", (result: LoadResult | { readonly error: string }) => {
      if ("error" in result) reject(new Error(result.error));
      else resolve(result);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the load generator ended with ${code}`)));
    child.send(load);
  });
}
