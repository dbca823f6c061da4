import { readFile } from "node:fs/promises";

/** Only on Linux; 0 on other systems. */
export async function peakMiB(pid: number): Promise<number> {
  const kib = /VmHWM:\s+(\d+) kB/.exec(await read(pid, "status"))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}

/** Includes writes to pipes and sockets. */
export async function bytesWritten(pid: number): Promise<number> {
  return Number(/wchar: (\d+)/.exec(await read(pid, "io"))?.[1] ?? 0);
}

export async function processorMs(pid: number): Promise<number> {
  // User and system time in 1/100 s follow the name (proc(5)).
  const [, facts = ""] = /\) (.*)$/s.exec(await read(pid, "stat")) ?? [];
  const fields = facts.split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

async function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}
