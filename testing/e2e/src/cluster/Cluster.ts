import type { Hex } from "viem";
import { expect } from "vitest";
import { rpcCall } from "../clients.ts";
import { whileMoving } from "../eventually.ts";
import { expectFaultless } from "../expectStopped.ts";
import { type Devnet, startNode } from "../startDevnet.ts";

/** Even on slow machines, no reorganisation exceeds this multiple of the settled depth. */
const AGREED_AFTER = 5;

const MINER = `0x${"0c".repeat(20)}`;

export interface ClusterOptions {
  readonly directory: string;
  readonly blockTimeMs: number;
  readonly validators?: number;
}

export interface NodePlace {
  readonly listen: string;
  readonly inside?: { readonly namespace: string; readonly calls: Calls };
}

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

export class Cluster {
  readonly #options: ClusterOptions;
  readonly nodes = new Map<string, ClusterNode>();
  #bootstrap: string | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

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

  async kill(name: string): Promise<void> {
    await this.nodes.get(name)!.devnet.kill();
    this.nodes.delete(name);
  }

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

export async function lagOf(node: ClusterNode, others: readonly ClusterNode[]): Promise<number> {
  const [height, ...heights] = await Promise.all([node, ...others].map(heightOf));
  return Math.max(...heights) - height!;
}

export function dagOf(node: ClusterNode, fromScore = 0): Promise<DagBlock[]> {
  return ask(node, "trellis_getDag", `0x${fromScore.toString(16)}`, "0xffffffff");
}

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

export function positionsOf(nodes: readonly ClusterNode[]): Promise<unknown> {
  return Promise.all(nodes.map(async (node) => [await heightOf(node), await peerCountOf(node)]));
}

/** Waits for more blocks, because nodes on a busy machine agree later. */
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
