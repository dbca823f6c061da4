import { readFile } from "node:fs/promises";

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

async function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}
