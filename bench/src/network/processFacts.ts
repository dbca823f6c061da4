import { readFile } from "node:fs/promises";

// What Linux tells of a process; 0 elsewhere.

/** The most memory that it has held. MiB */
export async function peakMiB(pid: number): Promise<number> {
  const kib = /VmHWM:\s+(\d+) kB/.exec(await read(pid, "status"))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}

/** Bytes that it has handed to the kernel: files, pipes and sockets together. */
export async function bytesWritten(pid: number): Promise<number> {
  return Number(/wchar: (\d+)/.exec(await read(pid, "io"))?.[1] ?? 0);
}

/** What it has used of processors, with the threads that it had. ms */
export async function processorMs(pid: number): Promise<number> {
  // Behind the name, which may hold anything: user and system time in hundredths of a second (proc(5)).
  const [, facts = ""] = /\) (.*)$/s.exec(await read(pid, "stat")) ?? [];
  const fields = facts.split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

async function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}
