import { spawn } from "node:child_process";
import { open } from "node:fs/promises";

export interface NodeOptions {
  readonly cwd: string;
  /** File that gets stderr. */
  readonly log: string;
  /** File that gets stdout. Default: the log. */
  readonly output?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** @returns the exit status; null if a signal ended the process */
export async function runNode(
  argv: readonly string[],
  { cwd, log, output = log, environment }: NodeOptions,
): Promise<number | null> {
  const files = await Promise.all([output, log].map((path) => open(path, "a")));
  // Isolates the process from the machine's settings.
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    CI: "true",
    NO_COLOR: "1",
    HARDHAT_DISABLE_TELEMETRY_PROMPT: "true",
    ...environment,
  };
  const child = spawn(process.execPath, [...argv], {
    cwd,
    env,
    stdio: ["ignore", ...files.map(({ fd }) => fd)],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
  } finally {
    process.off("exit", kill);
    await Promise.all(files.map((file) => file.close()));
  }
}
