import { spawnSync } from "node:child_process";

const TOOLS = ["buildah", "mmdebstrap", "runc"];

/** Of Debian. Building and running a container also need root. */
export function missingTools(): string[] {
  const missing = TOOLS.filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
  return process.getuid?.() === 0 ? missing : [...missing, "root"];
}
