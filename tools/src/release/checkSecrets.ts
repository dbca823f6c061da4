import { execFileSync } from "node:child_process";
import type { Finding } from "../finding.ts";
import { runTool } from "../runTool.ts";

/** Of the committed files, by the rules of `.secretlintrc.json`. */
export function checkSecrets(root: string): Promise<Finding[]> {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  return runTool(root, "secretlint", ["--no-glob", "--no-color", ...files.split("\0").filter(Boolean)]);
}
