import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ReadyFacts, ReadyNode } from "../../cli/readyLine.ts";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { trellisErrors } from "../../errors.ts";

export interface ClusterOptions {
  /** How many beside the first. */
  readonly count: number;
  /** Where the first is reached. */
  readonly bootstrap: string;
  /** The folder of the cluster; undefined: all in memory. */
  readonly dataDir: string | undefined;
  readonly miner: string;
  /** ms between the blocks of one node on average. */
  readonly blockTimeMs: number;
  readonly accounts: number;
  /** The first so many nodes vote, the one that starts the others included. */
  readonly validators: number;
}

/** From its start until it serves, on a machine that starts all at once. */
const START_MS_MAX = 60_000;
/** From SIGTERM to SIGKILL: before this process has used up its own time to stop. */
const STOP_MS_MAX = 4_000;

/**
 * Runs nodes in processes of their own, on free ports, until this process stops. One that ends before is reported.
 * @throws CLUSTER_NODE_ENDED
 */
export async function startNodes(
  options: ClusterOptions,
  { lifecycle, log }: ServiceIo,
): Promise<ReadyNode[]> {
  const state = { isStopping: false };
  const children = await lifecycle.start(
    "nodes",
    () =>
      Array.from({ length: options.count }, (_, index) => {
        const number = index + 2;
        const child = spawnNode(options, number);
        child.once("exit", (exitCode, signal) => {
          if (!state.isStopping) log.error("a node of the cluster has ended", { number, exitCode, signal });
        });
        return child;
      }),
    async (running) => {
      state.isStopping = true;
      await Promise.all(running.map(stopNode));
    },
  );
  return Promise.all(children.map((child, index) => nodeReady(child, index + 2)));
}

function spawnNode(
  { bootstrap, dataDir, miner, blockTimeMs, accounts, validators }: ClusterOptions,
  number: number,
): ChildProcess {
  const place = dataDir === undefined ? ["--ephemeral"] : ["--data-dir", join(dataDir, `node-${number}`)];
  const flags = {
    network: "local",
    bootstrap,
    listen: "127.0.0.1:0",
    mdns: "false",
    miner,
    "block-time": blockTimeMs,
    accounts,
    validators,
    "development-validator": number <= validators ? number : 0,
    archive: "true",
    "rpc-port": 0,
    "http-port": 0,
    json: "true",
    "log-level": "warn",
  };
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  // What the environment says is for this process; the channel tells the node when this process is gone. A group of
  // its own keeps the terminal's Ctrl-C from reaching it before this process has decided.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("TRELLIS_")),
  );
  return spawn(process.execPath, [process.argv[1]!, "node", ...args, ...place], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    detached: true,
    env,
  });
}

async function nodeReady(child: ChildProcess, number: number): Promise<ReadyNode> {
  const lines = createInterface({ input: child.stdout! });
  const { rpc, http } = await new Promise<ReadyFacts>((resolve, reject) => {
    const fail = (reason: string): void => reject(trellisErrors.CLUSTER_NODE_ENDED({ number, reason }));
    AbortSignal.timeout(START_MS_MAX).addEventListener("abort", () => fail("it does not serve in time"));
    child.once("error", ({ message }) => fail(message));
    child.once("exit", (exitCode, signal) => fail(`exit ${exitCode ?? signal}`));
    lines.once("line", (line) => resolve(JSON.parse(line) as ReadyFacts));
  });
  return { pid: child.pid!, rpc, http };
}

function stopNode(child: ChildProcess): Promise<void> {
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
