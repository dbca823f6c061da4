import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Processes that a process and its children have started. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const parents = process.platform === "linux" ? await parentsFromProc() : await parentsFromPs();
  const found = [pid];
  // `found` grows while it is read.
  for (const parent of found) for (const [child, of] of parents) if (of === parent) found.push(child);
  return found.slice(1);
}

/** Parent by process. Containers often have no `ps`. */
async function parentsFromProc(): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // Empty if the process has ended.
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // proc(5): pid (name) state ppid. The name may contain spaces and parentheses.
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  return parents;
}

async function parentsFromPs(): Promise<Map<number, number>> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  const rows = stdout.trim().split("\n");
  return new Map(rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]));
}
