import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { ReadyFacts, ReadyNode } from "../../cli/readyLine.ts";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { readyLineOf, spawnChild, stopChild } from "../../compose/childProcess.ts";
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
  /** How a node's process logs and traces, as flags. */
  readonly operations: (number: number) => readonly string[];
}

/** From its start until it serves, on a machine that starts all at once. */
const START_MS_MAX = 60_000;

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
      await Promise.all(running.map(stopChild));
    },
  );
  return Promise.all(children.map((child, index) => nodeReady(child, index + 2)));
}

function spawnNode(
  { bootstrap, dataDir, miner, blockTimeMs, accounts, validators, operations }: ClusterOptions,
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
  };
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  return spawnChild(["node", ...args, ...place, ...operations(number)]);
}

async function nodeReady(child: ChildProcess, number: number): Promise<ReadyNode> {
  const failed = (reason: string) => trellisErrors.CLUSTER_NODE_ENDED({ number, reason });
  const { rpc, http } = await readyLineOf<ReadyFacts>(child, START_MS_MAX, failed);
  return { pid: child.pid!, rpc, http };
}
