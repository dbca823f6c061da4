import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** Mounts a file system of `mebibytes` in memory. Undefined if this user may not mount. */
export function mountSmallDisk(path: string, mebibytes: number): { unmount(): void } | undefined {
  mkdirSync(path, { recursive: true });
  if (process.platform !== "linux") return undefined;
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m,mode=0700`, "tmpfs", path]);
  if (status !== 0) return undefined;
  return {
    unmount() {
      const { status: failed, stderr } = spawnSync("umount", ["--lazy", path], { encoding: "utf8" });
      if (failed !== 0) throw new Error(stderr);
    },
  };
}
