import type { ChildProcess } from "node:child_process";
import { spawnChild } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";

/** Tells the process to load its modules and to wait for its arguments in a message. */
export const STANDBY = "--standby";

/** V8's defaults would use 70 MB more memory and a quarter more processor time, and save no time. */
const NODE_FLAGS = ["--max-semi-space-size=4", "--single-threaded-gc"];
/** glibc returns freed memory only from the ends of its arenas, so that few arenas and mapped buffers waste less. */
const MEMORY = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "16384", MALLOC_TRIM_THRESHOLD_: "131072" };

type DemoSpawnPorts = Pick<ServiceIo, "environment">;

export function spawnDemo(
  file: string,
  args: readonly string[],
  { environment }: DemoSpawnPorts,
): ChildProcess {
  return spawnChild(args, { file, environment: { ...MEMORY, ...environment }, nodeFlags: NODE_FLAGS });
}

/** It ends with this process. */
export function standByDemo(
  file: string,
  parts: readonly ("reserves" | "market")[],
  ports: DemoSpawnPorts,
): ChildProcess {
  const child = spawnDemo(file, [STANDBY, ...parts], ports);
  // Reported by the process that replaces it.
  child.on("error", () => {});
  return child;
}
