import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Log } from "@trellis/base";
import { platformErrors } from "@trellis/platform";
import type { Environment } from "@trellis/platform/config";
import { readyLineOf, spawnChild, stopChild } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";
import type { ReadyFacts, ReadyNode } from "../../cli/readyLine.ts";

export interface ClusterOptions {
  readonly count: number;
  readonly bootstrap: string;
  readonly dataDir: string | undefined;
  readonly miner: string;
  readonly blockTimeMs: number;
  readonly accounts: number;
  readonly gasLimit: number;
  readonly validators: number;
  readonly shards: number;
  readonly operations: (number: number) => readonly string[];
}

/** For each shard. A machine with two cores starts the threads of many nodes one after another. */
const START_MS_MAX = 60_000;

const RESTART_MS = 1_000;

interface RunningNode {
  child: ChildProcess;
  readonly ready: Promise<ReadyNode>;
}

interface Supervision {
  readonly log: Log;
  readonly environment: Environment;
  isStopping: boolean;
}

/** Restarts nodes that exit after startup, on the same ports. */
export async function startNodes(
  options: ClusterOptions,
  { lifecycle, log, environment }: ServiceIo,
): Promise<ReadyNode[]> {
  const supervision: Supervision = { log, environment, isStopping: false };
  const nodes = await lifecycle.start(
    "nodes",
    () => Array.from({ length: options.count }, (_, index) => runNode(options, index + 2, supervision)),
    async (running) => {
      supervision.isStopping = true;
      await Promise.all(running.map(({ child }) => stopChild(child)));
    },
  );
  return Promise.all(nodes.map(({ ready }) => ready));
}

function runNode(options: ClusterOptions, number: number, supervision: Supervision): RunningNode {
  const { log, environment } = supervision;
  const spawn = (ports: NodePorts): ChildProcess => {
    const file = process.argv[1]!;
    return spawnChild(nodeCommand(options, number, ports), { file, environment });
  };
  const child = spawn(FREE_PORTS);
  const node: RunningNode = { child, ready: nodeReady(child, options, number) };

  function watch(watched: ChildProcess, ready: Promise<ReadyNode>): void {
    watched.once("exit", (exitCode, signal) => {
      if (supervision.isStopping) return;
      log.error("node.ended", { number, exitCode, signal });
      ready.then((served) => systemScheduler.after(RESTART_MS, () => restart(served))).catch(() => {});
    });
  }

  function restart(served: ReadyNode): void {
    if (supervision.isStopping) return;
    node.child = spawn(portsOf(served));
    const ready = nodeReady(node.child, options, number);
    watch(node.child, ready);
    ready.then(
      ({ rpc }) => log.info("node.restarted", { number, rpc }),
      (error: Error) => log.error("node.restartFailed", { number, error }),
    );
  }

  watch(child, node.ready);
  return node;
}

interface NodePorts {
  readonly rpc: number;
  readonly http: number;
}

const FREE_PORTS: NodePorts = { rpc: 0, http: 0 };

function portsOf({ rpc, http }: ReadyNode): NodePorts {
  return { rpc: Number(new URL(rpc).port), http: Number(new URL(http).port) };
}

function nodeCommand(options: ClusterOptions, number: number, ports: NodePorts): readonly string[] {
  const { bootstrap, dataDir, miner, blockTimeMs, accounts, gasLimit, validators, shards } = options;
  const place = dataDir === undefined ? ["--ephemeral"] : ["--data-dir", join(dataDir, `node-${number}`)];
  const flags = {
    network: "local",
    bootstrap,
    listen: "127.0.0.1:0",
    mdns: "false",
    miner,
    "block-time": blockTimeMs,
    accounts,
    "gas-limit": gasLimit,
    validators,
    "shard-count": shards,
    "development-validator": number <= validators ? number : 0,
    archive: "true",
    "rpc-port": ports.rpc,
    "http-port": ports.http,
    "drain-time": "0s",
    json: "true",
  };
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  return ["node", ...args, ...place, ...options.operations(number)];
}

async function nodeReady(
  child: ChildProcess,
  { shards }: ClusterOptions,
  number: number,
): Promise<ReadyNode> {
  const failed = (reason: string) =>
    platformErrors.SERVICE_FAILED({ phase: "start", service: "cluster node", number, reason });
  const { rpc, http } = await readyLineOf<ReadyFacts>(child, shards * START_MS_MAX, failed);
  return { pid: child.pid!, rpc, http };
}
