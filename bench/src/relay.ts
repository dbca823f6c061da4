import { bytesToHex } from "@trellis/base";
import { type Devnet, startNode } from "@trellis/e2e";
import type { Benchmark } from "./benchmark.ts";
import { LOCAL_NODE_ARGS, localNetwork, Payers } from "./network/localNetwork.ts";
import { quantilesOf } from "./quantilesOf.ts";
import { ask } from "./rpc/servers.ts";

const NODES = 8;
const NODES_SMALL = 3;
const FORMS = ["compact", "full"] as const;
type Form = (typeof FORMS)[number];
const BLOCKS = 100;
const BLOCKS_SMALL = 3;
const WARM_UP = 5;
const WARM_UP_SMALL = 1;
const BLOCK_MS = 500;
/** 50 transactions of 1 KiB per block: 57 kB in full, below 2 kB as a compact block. */
const TRANSACTIONS_PER_SECOND = 100;
const DATA_BYTES = 1_024;
const TICK_MS = 50;
const MINER = `0x${"0c".repeat(20)}`;
const RECIPIENT = `0x${"be".repeat(20)}` as const;
const GIVE_UP_MS = 300_000;

export const relayBenchmark: Benchmark = {
  name: "relay",
  summary: `from a mined block to its acceptance on the last of ${NODES} nodes, compact and full`,
  async run({ small, log }) {
    const figures: Partial<Record<Form, object>> = {};
    for (const form of FORMS) {
      const delays = small
        ? await measure(form, NODES_SMALL, { warmUp: WARM_UP_SMALL, blocks: BLOCKS_SMALL })
        : await measure(form, NODES, { warmUp: WARM_UP, blocks: BLOCKS });
      figures[form] = figuresOf(delays);
      log(`${form}: ${JSON.stringify(figures[form])}`);
    }
    return {
      ...figures,
      nodes: small ? NODES_SMALL : NODES,
      transactionsPerSecond: TRANSACTIONS_PER_SECOND,
      transactionDataBytes: DATA_BYTES,
      blockMs: BLOCK_MS,
    };
  },
};

interface Counts {
  readonly warmUp: number;
  readonly blocks: number;
}

async function measure(form: Form, nodeCount: number, counts: Counts): Promise<number[]> {
  const nodes: Devnet[] = [];
  const stops: (() => void)[] = [];
  try {
    for (let index = 0; index < nodeCount; index++) nodes.push(await startOne(form, nodes[0]));
    await untilConnected(nodes);
    const seen = new Map<string, number[]>();
    for (const node of nodes) {
      stops.push(
        await watchHeads(node, (hash) => seen.set(hash, [...(seen.get(hash) ?? []), performance.now()])),
      );
    }
    stops.push(pay(nodes[0]!));
    return await untilSeen(seen, nodeCount, counts);
  } finally {
    for (const stop of stops) stop();
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

function startOne(form: Form, first: Devnet | undefined): Promise<Devnet> {
  return startNode({
    args: [
      ...LOCAL_NODE_ARGS,
      "--relay",
      form,
      ...(first === undefined
        ? ["--miner", MINER, "--block-time", String(BLOCK_MS)]
        : ["--bootstrap", first.ready.p2p!.addresses[0]!]),
    ],
  });
}

async function untilConnected(nodes: readonly Devnet[]): Promise<void> {
  const startMs = performance.now();
  for (;;) {
    const counts = await Promise.all(nodes.map(({ rpcUrl }) => ask(rpcUrl, "net_peerCount")));
    if (counts.every((count) => Number(count) >= 2)) return;
    if (performance.now() - startMs > GIVE_UP_MS) throw new Error(`the nodes have ${counts.join()} peers`);
    await pause(TICK_MS);
  }
}

async function watchHeads({ wsUrl }: Devnet, listener: (hash: string) => void): Promise<() => void> {
  const socket = new WebSocket(wsUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no WebSocket at ${wsUrl}`));
  });
  socket.onmessage = ({ data }) => {
    const { params } = JSON.parse(String(data)) as { params?: { result: { hash: string } } };
    if (params !== undefined) listener(params.result.hash);
  };
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] }));
  return () => socket.close();
}

function pay({ rpcUrl }: Devnet): () => void {
  const payers = new Payers(localNetwork());
  let isOver = false;
  const send = async (): Promise<void> => {
    while (!isOver) {
      for (let index = 0; index < (TRANSACTIONS_PER_SECOND * TICK_MS) / 1_000; index++) {
        await ask(rpcUrl, "eth_sendRawTransaction", bytesToHex(payers.transfer(RECIPIENT, DATA_BYTES)));
      }
      await pause(TICK_MS);
    }
  };
  send().catch((error: Error) => {
    if (!isOver) throw error;
  });
  return () => {
    isOver = true;
  };
}

/** In ms, from the first node's new head to the last node's. */
async function untilSeen(
  seen: ReadonlyMap<string, readonly number[]>,
  nodeCount: number,
  { warmUp, blocks }: Counts,
): Promise<number[]> {
  const startMs = performance.now();
  for (;;) {
    const whole = [...seen.values()].filter((times) => times.length === nodeCount).slice(warmUp);
    if (whole.length >= blocks)
      return whole.slice(0, blocks).map((times) => Math.max(...times) - Math.min(...times));
    if (performance.now() - startMs > GIVE_UP_MS)
      throw new Error(`only ${whole.length} blocks reached all nodes`);
    await pause(TICK_MS);
  }
}

function figuresOf(delaysMs: readonly number[]): object {
  const quantile = quantilesOf(delaysMs);
  const at = (part: number): number => Math.round(quantile(part) * 100) / 100;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), blocks: delaysMs.length };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
