import type { Hex } from "viem";
import { expect } from "vitest";
import { rpcCall } from "../clients.ts";
import { type Devnet, startNode } from "../startDevnet.ts";

/** Nobody's. */
const MINER = `0x${"0c".repeat(20)}`;

export interface ClusterOptions {
  /** Where data directories go. */
  readonly directory: string;
  /** ms between the blocks of one node on average. */
  readonly blockTimeMs: number;
}

export interface NodePlace {
  readonly listen: string;
  readonly inNamespace?: string;
}

export interface DagBlock {
  readonly hash: Hex;
  readonly parents: readonly Hex[];
  readonly color: string;
  readonly timestamp: Hex;
}

const LOOPBACK: NodePlace = { listen: "127.0.0.1:0" };

/** Nodes of one network, each a real process with a folder of its own. The first is known to the others. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly nodes = new Map<string, Devnet>();
  #bootstrap: string | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Starts a node, or starts it again where it stopped. */
  async start(name: string, { listen, inNamespace }: NodePlace = LOOPBACK): Promise<Devnet> {
    const { directory, blockTimeMs } = this.#options;
    const node = await startNode({
      dataDir: `${directory}/${name}`,
      args: [
        ...["--network", "local", "--listen", listen, "--mdns=false", "--archive"],
        ...["--miner", MINER, "--block-time", String(blockTimeMs), "--log-level", "info"],
        ...(this.#bootstrap === undefined ? [] : ["--bootstrap", this.#bootstrap]),
      ],
      ...(inNamespace === undefined ? {} : { inNamespace }),
    });
    this.#bootstrap ??= node.ready.p2p!.addresses.find(
      (address) => !address.startsWith("/ip4/127.") || listen.startsWith("127."),
    )!;
    this.nodes.set(name, node);
    return node;
  }

  /** The power goes. */
  async kill(name: string): Promise<void> {
    await this.nodes.get(name)!.kill();
    this.nodes.delete(name);
  }

  /** All stop in order, and none has logged an error. */
  async stop(): Promise<void> {
    const ended = await Promise.all([...this.nodes.values()].map((node) => node.stop()));
    this.nodes.clear();
    for (const { exitCode, stderr } of ended) {
      expect(exitCode, stderr).toBe(0);
      expect(stderr.split("\n").filter((line) => /"level":"(?:error|fatal)"/.test(line))).toEqual([]);
    }
  }
}

export async function ask<T>(node: Devnet, method: string, ...params: unknown[]): Promise<T> {
  const { result, error } = await rpcCall(node.rpcUrl, method, params);
  expect(error, method).toBeUndefined();
  return result as T;
}

export async function heightOf(node: Devnet): Promise<number> {
  return Number(await ask<Hex>(node, "eth_blockNumber"));
}

export async function peerCountOf(node: Devnet): Promise<number> {
  return Number(await ask<Hex>(node, "net_peerCount"));
}

/** How far a node is behind the highest of the others, in chain blocks. */
export async function lagOf(node: Devnet, others: readonly Devnet[]): Promise<number> {
  const [height, ...heights] = await Promise.all([node, ...others].map(heightOf));
  return Math.max(...heights) - height!;
}

/** Blocks of the DAG by blue score, that of the last known ones included. */
export function dagOf(node: Devnet, fromScore = 0): Promise<DagBlock[]> {
  return ask(node, "trellis_getDag", `0x${fromScore.toString(16)}`, "0xffffffff");
}

/** What nodes hold at a number: the hash and the state root. One of each if they agree. */
export async function agreementAt(nodes: readonly Devnet[], number: number): Promise<Set<string>> {
  const blocks = await Promise.all(
    nodes.map((node) =>
      ask<{ hash: Hex; stateRoot: Hex } | null>(
        node,
        "eth_getBlockByNumber",
        `0x${number.toString(16)}`,
        false,
      ),
    ),
  );
  return new Set(blocks.map((block) => `${block?.hash} ${block?.stateRoot}`));
}
