import type { Hex } from "viem";
import { expect } from "vitest";
import { rpcCall } from "../clients.ts";
import { whileMoving } from "../eventually.ts";
import { expectFaultless } from "../expectStopped.ts";
import { type Devnet, startNode } from "../startDevnet.ts";

/** A block so many times as deep as one that is settled is not reorganised on any machine. */
const AGREED_AFTER = 5;

/** Nobody's. */
const MINER = `0x${"0c".repeat(20)}`;

export interface ClusterOptions {
  /** Where data directories go. */
  readonly directory: string;
  /** ms between the blocks of one node on average. */
  readonly blockTimeMs: number;
  /** Development validators in the genesis; without any depth makes final. */
  readonly validators?: number;
}

/** Where a node runs. */
export interface NodePlace {
  readonly listen: string;
  /** A namespace with its own network; its RPC is asked through `calls`. */
  readonly inside?: { readonly namespace: string; readonly calls: Calls };
}

/** Asks an RPC. */
export type Calls = typeof rpcCall;

export interface ClusterNode {
  readonly devnet: Devnet;
  readonly calls: Calls;
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
  readonly nodes = new Map<string, ClusterNode>();
  #bootstrap: string | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Starts a node, or starts it again where it stopped. */
  async start(
    name: string,
    { listen, inside }: NodePlace = LOOPBACK,
    args: readonly string[] = ["--archive"],
  ): Promise<ClusterNode> {
    const { directory, blockTimeMs, validators = 0 } = this.#options;
    const devnet = await startNode({
      dataDir: `${directory}/${name}`,
      args: [
        ...[
          "--network",
          "local",
          "--validators",
          String(validators),
          "--listen",
          listen,
          "--mdns=false",
          ...args,
        ],
        ...["--miner", MINER, "--block-time", String(blockTimeMs), "--log-level", "info"],
        ...(this.#bootstrap === undefined ? [] : ["--bootstrap", this.#bootstrap]),
      ],
      ...(inside === undefined ? {} : { inNamespace: inside.namespace }),
    });
    this.#bootstrap ??= devnet.ready.p2p!.addresses.find(
      (address) => !address.startsWith("/ip4/127.") || inside === undefined,
    )!;
    const node: ClusterNode = { devnet, calls: inside?.calls ?? rpcCall };
    this.nodes.set(name, node);
    return node;
  }

  /** The power goes. */
  async kill(name: string): Promise<void> {
    await this.nodes.get(name)!.devnet.kill();
    this.nodes.delete(name);
  }

  /** All stop in order, and none has logged an error. */
  async stop(): Promise<void> {
    const ended = await Promise.all([...this.nodes.values()].map(({ devnet }) => devnet.stop()));
    this.nodes.clear();
    for (const each of ended) expectFaultless(each);
  }
}

export async function ask<T>(
  { devnet, calls }: ClusterNode,
  method: string,
  ...params: unknown[]
): Promise<T> {
  const { result, error } = await calls(devnet.rpcUrl, method, params);
  expect(error, method).toBeUndefined();
  return result as T;
}

export async function heightOf(node: ClusterNode): Promise<number> {
  return Number(await ask<Hex>(node, "eth_blockNumber"));
}

export async function peerCountOf(node: ClusterNode): Promise<number> {
  return Number(await ask<Hex>(node, "net_peerCount"));
}

/** How far a node is behind the highest of the others, in chain blocks. */
export async function lagOf(node: ClusterNode, others: readonly ClusterNode[]): Promise<number> {
  const [height, ...heights] = await Promise.all([node, ...others].map(heightOf));
  return Math.max(...heights) - height!;
}

/** Blocks of the DAG by blue score, that of the last known ones included. */
export function dagOf(node: ClusterNode, fromScore = 0): Promise<DagBlock[]> {
  return ask(node, "trellis_getDag", `0x${fromScore.toString(16)}`, "0xffffffff");
}

/** What nodes hold at a number: the hash and the state root. One of each if they agree. */
async function agreementAt(nodes: readonly ClusterNode[], number: number): Promise<Set<string>> {
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

/** What moves while nodes find together. */
export function positionsOf(nodes: readonly ClusterNode[]): Promise<unknown> {
  return Promise.all(nodes.map(async (node) => [await heightOf(node), await peerCountOf(node)]));
}

/**
 * All hold the same chain, but for its newest blocks. On a machine that is busy blocks take longer to get around, and
 * chains go further back before they agree.
 */
export async function expectAgreement(nodes: readonly ClusterNode[], settled: number): Promise<void> {
  const number = Math.min(...(await Promise.all(nodes.map(heightOf)))) - settled;
  expect(number).toBeGreaterThan(0);
  const untilHeight = number + AGREED_AFTER * settled;
  await whileMoving(
    async () =>
      (await agreementAt(nodes, number)).size === 1 ||
      (await Promise.all(nodes.map(heightOf))).every((height) => height > untilHeight),
    () => positionsOf(nodes),
  );
  expect(await agreementAt(nodes, number)).toHaveProperty("size", 1);
}
