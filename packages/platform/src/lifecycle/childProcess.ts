import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Environment } from "../config/index.ts";

/** From SIGTERM to SIGKILL: before this process has used up its own time to stop. */
const STOP_MS_MAX = 4_000;

interface ChildOptions {
  /** What it runs. */
  readonly file: string;
  /** Of this process; the child does not get its TRELLIS_… variables, which are settings of this process. */
  readonly environment: Environment;
  readonly nodeFlags?: readonly string[];
}

/**
 * Runs a file of this project beside this process. The channel tells the child when this process is gone. A group of
 * its own keeps the terminal's Ctrl-C from reaching it before this process has decided.
 */
export function spawnChild(
  args: readonly string[],
  { file, environment, nodeFlags = [] }: ChildOptions,
): ChildProcess {
  const env = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("TRELLIS_")),
  );
  return spawn(process.execPath, [...nodeFlags, file, ...args], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    detached: true,
    env,
  });
}

/**
 * What a child prints first: one line of JSON, when it serves.
 * @param failed what is thrown where it ends before, or takes longer
 */
export function readyLineOf<Ready>(
  child: ChildProcess,
  startMsMax: number,
  failed: (reason: string) => Error,
): Promise<Ready> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(failed(reason));
    AbortSignal.timeout(startMsMax).addEventListener("abort", () => fail("it does not serve in time"));
    child.once("error", ({ message }) => fail(message));
    child.once("exit", (exitCode, signal) => fail(`exit ${exitCode ?? signal}`));
    lines.once("line", (line) => resolve(JSON.parse(line) as Ready));
  });
}

/** Resolves when it has ended. */
export function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const deadline = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    child.once("exit", () => {
      clearTimeout(deadline);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

/** For a child: it does not outlive the process that started it, however that one ended. */
export function endWithParent(): void {
  const end = (): void => void process.kill(process.pid, "SIGTERM");
  // Of a process that was started without a channel it is undefined; false, when the parent was gone before this call.
  if (process.connected === false) end();
  else process.once("disconnect", end);
}
