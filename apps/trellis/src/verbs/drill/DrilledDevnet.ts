import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { platformErrors } from "@trellis/platform";
import type { Environment } from "@trellis/platform/config";
import { readyLineOf } from "@trellis/platform/lifecycle";
import type { ReadyFacts } from "../../cli/readyLine.ts";
import { descendantsOf } from "./descendantsOf.ts";

/** On a busy machine. ms */
const START_MS_MAX = 240_000;
/** A block per second from two nodes leaves most of two cores to the services. */
const BLOCK_TIME_MS = 600;
const TRADE_TIME_MS = 500;
export const VALIDATORS = 2;
/** Folder of each node's data below that of the devnet. */
export const nodeFolder = (index: number): string => `cluster/node-${index + 1}`;

export interface ProcessPlace {
  /** Without trellis.yaml, which would change the children's settings. */
  readonly cwd: string;
  readonly environment: Environment;
}

/** Starts this executable. The child has no TRELLIS_ variables, and ends when this process ends. */
export function spawnTrellis(args: readonly string[], { cwd, environment }: ProcessPlace): ChildProcess {
  const env = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("TRELLIS_")),
  );
  const stdio = ["ignore", "pipe", "pipe", "ipc"] as const;
  return spawn(process.execPath, [process.argv[1]!, ...args], { stdio: [...stdio], cwd, env });
}

/** A devnet with validators, reserves and arbitrage, each node and the services in a process of its own. */
export class DrilledDevnet {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #ready: Promise<ReadyFacts>;
  #stderr = "";

  constructor(dataDir: string, place: ProcessPlace) {
    const flags = {
      validators: VALIDATORS,
      "block-time": BLOCK_TIME_MS,
      arbitrage: "live",
      "trade-time": TRADE_TIME_MS,
      "data-dir": dataDir,
      "rpc-port": 0,
      "http-port": 0,
      "log-level": "error",
      json: true,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.#child = spawnTrellis(["devnet", ...args], place);
    // Its processes share the pipe, so it closes when all of them have ended.
    this.#closed = once(this.#child, "close");
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2_000);
    });
    this.#ready = readyLineOf<ReadyFacts>(this.#child, START_MS_MAX, (reason) =>
      platformErrors.SERVICE_FAILED({ phase: "start", service: "devnet", reason, stderr: this.#stderr }),
    );
    this.#ready.catch(() => {});
  }

  /** @throws SERVICE_FAILED */
  ready(): Promise<ReadyFacts> {
    return this.#ready;
  }

  /** Kills all processes as a power loss would, and waits until they have ended. */
  async kill(): Promise<void> {
    const pid = this.#child.pid;
    if (pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      // A stopped process starts no further ones.
      this.#child.kill("SIGSTOP");
      const pids = await descendantsOf(pid);
      this.#child.kill("SIGKILL");
      for (const each of pids) killIfAlive(each);
    }
    await this.#closed;
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
