import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** Mounts a file system of `mebibytes` in memory. Undefined if this user may not mount. */
export function mountSmallDisk(path: string, mebibytes: number): { unmount(): void } | undefined {
  mkdirSync(path, { recursive: true });
  const options = `size=${mebibytes}m,mode=0700`;
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  if (process.platform !== "linux" || status !== 0) {
    console.warn("tests of a full disk are skipped: only root may mount one, on Linux");
    return undefined;
  }
  return {
    unmount() {
      const { status: failed, stderr } = spawnSync("umount", ["--lazy", path], { encoding: "utf8" });
      if (failed !== 0) throw new Error(stderr);
    },
  };
}
