import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startNode } from "@trellis/e2e";
import type { Benchmark } from "./benchmark.ts";
import { LOCAL_NODE_ARGS } from "./network/localNetwork.ts";
import { processesOf, processorMs, proportionalMiB } from "./network/processFacts.ts";
import { type NpmStart, npmStart } from "./start/npmStart.ts";

/** The custodian's first snapshot is attested and anchored by then. */
const SETTLED_MS = 45_000;
const IDLE_MS = 30_000;
const SMALL_MS = 500;
const MINER = "0x000000000000000000000000000000000000c01b";
const WITHOUT_DEMO = ["--no-reserves", "--arbitrage", "off"];

interface Pauses {
  readonly settledMs: number;
  readonly idleMs: number;
}

/** Memory counts npm's own process; `smaps_rollup` shares pages among the processes that map them. */
export const startBenchmark: Benchmark = {
  name: "start",
  summary: "time, memory and idle processor time of `npm start`, and of a mining node alone",
  async run({ small, log }) {
    const directory = await mkdtemp(join(tmpdir(), "trellis-start-"));
    const pauses = small
      ? { settledMs: SMALL_MS, idleMs: SMALL_MS }
      : { settledMs: SETTLED_MS, idleMs: IDLE_MS };
    const begin = () =>
      npmStart({
        dataDir: join(directory, "devnet"),
        compileCache: join(directory, "cache"),
        flags: small ? WITHOUT_DEMO : [],
      });
    try {
      log("cold: no data and no compiled modules");
      const cold = await measured(await begin(), pauses);
      log("warm");
      const warm = await measured(await begin(), pauses);
      log("a mining node without demo services");
      return { cold, warm, chain: await measureNode(join(directory, "node"), pauses) };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function measured(started: NpmStart, pauses: Pauses) {
  try {
    const { firstLineMs, rpcMs, readyMs } = await started.times;
    return { firstLineMs, rpcMs, readyMs, ...(await footprint(started.pid, pauses)) };
  } finally {
    await started.stop();
  }
}

async function measureNode(dataDir: string, pauses: Pauses) {
  const node = await startNode({ dataDir, args: [...LOCAL_NODE_ARGS, "--miner", MINER] });
  try {
    return { readyMs: Math.round(node.startMs), ...(await footprint(node.pid, pauses)) };
  } finally {
    await node.stop();
  }
}

async function footprint(pid: number, { settledMs, idleMs }: Pauses) {
  await delay(settledMs);
  const spent = async (): Promise<number> =>
    sum(await Promise.all((await processesOf(pid)).map(processorMs)));
  const [beforeMs, startMs] = [await spent(), performance.now()];
  await delay(idleMs);
  const idleCores = ((await spent()) - beforeMs) / (performance.now() - startMs);
  const memories = await Promise.all((await processesOf(pid)).map(proportionalMiB));
  return { memoryMiB: Math.round(sum(memories)), idleCores, processes: memories.length };
}

const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
