import { join } from "node:path";
import { compilerEnvironment } from "./installCompiler.ts";
import { runNode } from "./runNode.ts";

/** Ends only a hanging test. */
export const TEST_MS_MAX = 600_000;

export async function build(project: string, argv: readonly string[]): Promise<void> {
  const log = join(project, "build.log");
  const status = await runNode(argv, { cwd: project, log, environment: compilerEnvironment(project) });
  if (status !== 0) throw new Error(`contracts do not compile: see ${log}`);
}
