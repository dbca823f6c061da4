import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Devnet, startNode } from "@trellis/e2e";
import type { Benchmark } from "./benchmark.ts";
import { LOCAL_NODE_ARGS, localNetwork } from "./network/localNetwork.ts";
import { bytesWritten, peakMiB, processorMs } from "./network/processFacts.ts";
import { writeChain } from "./network/writeChain.ts";
import { ask } from "./rpc/servers.ts";

const BLOCKS = 20_000;
const BLOCKS_SMALL = 200;
const POLL_MS = 50;
const GIVE_UP_MS = 600_000;
export interface Head {
  readonly hash: string;
  readonly number: string;
  readonly stateRoot: string;
}

export const syncBenchmark: Benchmark = {
  name: "sync",
  summary: `an empty node syncs ${BLOCKS.toLocaleString("en")} blocks from another on loopback`,
  async run({ small, log }) {
    const directory = await mkdtemp(join(tmpdir(), "trellis-sync-"));
    const nodes: Devnet[] = [];
    try {
      await mkdir(join(directory, "full"));
      const written = await writeChain(
        localNetwork(),
        join(directory, "full"),
        small ? BLOCKS_SMALL : BLOCKS,
        log,
      );
      const full = await startNode({
        dataDir: join(directory, "full"),
        args: [...LOCAL_NODE_ARGS, "--archive"],
      });
      nodes.push(full);
      const goal = await headOf(full);
      const writtenBefore = await bytesWritten(full.pid);
      const address = full.ready.p2p!.addresses[0]!;
      const empty = await startNode({
        dataDir: join(directory, "empty"),
        args: [...LOCAL_NODE_ARGS, "--archive", "--bootstrap", address],
      });
      nodes.push(empty);
      const seconds = await untilAt(empty, goal, log);
      // Includes the node's start, during which it already syncs.
      const spentMs = await processorMs(empty.pid);
      const memory = await peakMiB(empty.pid);
      return {
        blocksPerSecond: written.blocks / seconds,
        transactionsPerSecond: written.transactions / seconds,
        seconds,
        processorMsPerBlock: spentMs / written.blocks,
        bytesSent: (await bytesWritten(full.pid)) - writtenBefore,
        peakMemoryMiB: memory,
        ...written,
        resultHash: goal.hash,
      };
    } finally {
      for (const node of nodes) await node.stop();
      await rm(directory, { recursive: true, force: true });
    }
  },
};

export async function headOf(node: Devnet): Promise<Head> {
  return (await ask(node.rpcUrl, "eth_getBlockByNumber", "latest", false)) as Head;
}

export async function untilAt(node: Devnet, goal: Head, log: (line: string) => void): Promise<number> {
  const startMs = performance.now();
  for (let shown = 0; ; ) {
    const head = await headOf(node);
    const elapsedMs = performance.now() - startMs;
    if (head.hash === goal.hash && head.stateRoot === goal.stateRoot) return elapsedMs / 1_000;
    if (elapsedMs > GIVE_UP_MS) throw new Error(`the node is at ${head.number} of ${goal.number}`);
    if (elapsedMs > (shown + 1) * 5_000) {
      shown += 1;
      log(`${Math.round(elapsedMs / 1_000)} s: chain block ${Number(head.number)} of ${Number(goal.number)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
