import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Finding } from "./finding.ts";

export async function runTool(root: string, name: string, argv: readonly string[]): Promise<Finding[]> {
  const child = spawn(join(root, "node_modules/.bin", name), argv, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => output.push(text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (exitCode === 0) return [];
  return [{ file: name, line: 0, rule: `exit code ${exitCode}`, message: `\n${output.join("").trimEnd()}` }];
}
