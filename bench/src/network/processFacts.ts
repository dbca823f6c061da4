import { readdir, readFile } from "node:fs/promises";

/** 0 except on Linux. */
export async function peakMiB(pid: number): Promise<number> {
  const kib = /VmHWM:\s+(\d+) kB/.exec(await read(pid, "status"))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}

export async function bytesWritten(pid: number): Promise<number> {
  return Number(/wchar: (\d+)/.exec(await read(pid, "io"))?.[1] ?? 0);
}

export async function processorMs(pid: number): Promise<number> {
  // Fields after the name: user and system time in 1/100 s (proc(5)).
  const [, facts = ""] = /\) (.*)$/s.exec(await read(pid, "stat")) ?? [];
  const fields = facts.split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

/** Resident memory, with shared pages divided among the processes that map them. */
export async function proportionalMiB(pid: number): Promise<number> {
  return Number(/^Pss:\s+(\d+) kB/m.exec(await read(pid, "smaps_rollup"))?.[1] ?? 0) / 1024;
}

/** The process and its descendants. */
export async function processesOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => read(pid, `task/${thread}/children`)));
  const children = lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  return [pid, ...(await Promise.all(children.map(processesOf))).flat()];
}

async function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}
