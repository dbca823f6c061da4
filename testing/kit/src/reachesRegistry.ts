import { type ExecFileOptions, execFile } from "node:child_process";
import { promisify } from "node:util";

const VIEW = ["view", "zod", "version", "--fetch-retries", "0", "--fetch-timeout", "30000"];

/** Whether npm can install packages here. */
export function reachesRegistry(options: Pick<ExecFileOptions, "cwd" | "env"> = {}): Promise<boolean> {
  return promisify(execFile)("npm", VIEW, options).then(
    () => true,
    () => false,
  );
}
