import { spawn } from "node:child_process";
import { writeSync } from "node:fs";

/** The module SIGKILLs itself after printing `afterLines` lines. */
export async function runAndKill(
  file: string,
  args: readonly string[],
  afterLines: number,
): Promise<string[]> {
  const child = spawn(process.execPath, [file, String(afterLines), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const text: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => text.push(chunk));
  await new Promise((resolve) => child.once("close", resolve));
  return text.join("").split("\n").slice(0, -1);
}

export interface Killed {
  readonly args: readonly string[];
  readonly tell: (line: string) => void;
}

export function killedProcess(): Killed {
  const [afterLines, ...args] = process.argv.slice(2);
  let left = Number(afterLines);
  const tell = (line: string): void => {
    writeSync(1, `${line}\n`);
    left -= 1;
    if (left <= 0) process.kill(process.pid, "SIGKILL");
  };
  return { args, tell };
}
