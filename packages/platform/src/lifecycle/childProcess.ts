import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Environment } from "../config/index.ts";

const STOP_MS_MAX = 4_000;

interface ChildOptions {
  readonly file: string;
  /** TRELLIS_ variables, which configure this process, are removed. */
  readonly environment: Environment;
  readonly nodeFlags?: readonly string[];
}

/** Exits when its IPC channel closes. Ctrl-C does not reach it, because it has its own process group. */
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

/** @param failed error if the child exits early or is too slow */
export function readyLineOf<Ready>(
  child: ChildProcess,
  startMsMax: number,
  failed: (reason: string) => Error,
): Promise<Ready> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(failed(reason));
    AbortSignal.timeout(startMsMax).addEventListener("abort", () => fail("not ready in time"));
    child.once("error", ({ message }) => fail(message));
    child.once("exit", (exitCode, signal) => fail(`exit ${exitCode ?? signal}`));
    lines.once("line", (line) => resolve(JSON.parse(line) as Ready));
  });
}

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

export function endWithParent(): void {
  const end = (): void => void process.kill(process.pid, "SIGTERM");
  // False if the parent has already exited; undefined without a channel.
  if (process.connected === false) end();
  else process.once("disconnect", end);
}
