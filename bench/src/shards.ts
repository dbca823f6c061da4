import { Worker } from "node:worker_threads";
import { keccak256Hex } from "@trellis/crypto";
import {
  type CrossLinkMeasurement,
  type MessageMeasurement,
  measureCrossLinks,
  measureMessages,
} from "@trellis/simulator";
import type { Benchmark } from "./benchmark.ts";
import type { Replayed, ReplayOptions } from "./shards/replayThread.ts";
import { median } from "./statistics.ts";

interface Sizes {
  readonly load: Omit<ReplayOptions, "shard" | "shards">;
  readonly runs: number;
  readonly messages: MessageMeasurement;
  readonly crossLinks: CrossLinkMeasurement;
}

const COUNTS = [1, 2, 4] as const;
const FULL: Sizes = {
  load: { blocks: 100, transfersPerBlock: 200 },
  runs: 3,
  messages: { shards: 4, machines: 4, seconds: 120 },
  crossLinks: { shards: 64, validators: 128, blocks: 50 },
};
const SMALL: Sizes = {
  load: { blocks: 3, transfersPerBlock: 5 },
  runs: 1,
  messages: { shards: 2, machines: 2, seconds: 30 },
  crossLinks: { shards: 4, validators: 4, blocks: 3 },
};

export const shardsBenchmark: Benchmark = {
  name: "shards",
  summary:
    "transfers of 1, 2 and 4 shards, each in a thread; latency of messages; cost of cross-links on shard 0",
  async run({ small, log }) {
    const { load, runs, messages, crossLinks } = small ? SMALL : FULL;
    const rates = new Map<number, number>();
    const roots: string[] = [];
    for (const shards of COUNTS) {
      const measured: number[] = [];
      for (let run = 0; run < runs; run++) {
        const replayed = await replayAll(shards, load);
        measured.push(rateOf(replayed));
        if (run === 0) roots.push(...replayed.map(({ stateRoot }) => stateRoot));
      }
      rates.set(shards, median(measured));
      log(`${shards} shards: ${Math.round(rates.get(shards)!)} transfers/s`);
    }
    const scaleOf = (shards: number): number => rates.get(shards)! / rates.get(1)!;
    const { deliveryIntervals, messages: delivered, ...linkFigures } = await measureMessages(messages);
    log(
      `${delivered} messages delivered in ${deliveryIntervals.p50} (p99 ${deliveryIntervals.p99}) intervals`,
    );
    return {
      transfersPerSecond: Object.fromEntries(rates),
      scale: { 2: scaleOf(2), 4: scaleOf(4) },
      deliveryIntervals,
      messages: delivered,
      ...linkFigures,
      shardZero: { ...crossLinks, ...(await measureCrossLinks(crossLinks)) },
      resultHash: keccak256Hex(new TextEncoder().encode(roots.join())),
    };
  },
};

/** The threads begin together. */
async function replayAll(shards: number, load: Sizes["load"]): Promise<readonly Replayed[]> {
  const url = new URL("./shards/replayThread.ts", import.meta.url);
  const threads = Array.from({ length: shards }, (_, shard) => {
    const workerData: ReplayOptions = { shard, shards, ...load };
    return new ReplayThread(new Worker(url, { workerData }));
  });
  await Promise.all(threads.map((thread) => thread.next()));
  return Promise.all(threads.map((thread) => thread.begin()));
}

class ReplayThread {
  readonly #worker: Worker;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#worker.once("message", resolve);
      this.#worker.once("error", reject);
    });
  }

  begin(): Promise<Replayed> {
    const replayed = this.next() as Promise<Replayed>;
    this.#worker.postMessage("begin");
    return replayed;
  }
}

/** Transfers a second of all shards, from the first start to the last end. */
function rateOf(replayed: readonly Replayed[]): number {
  const transfers = replayed.reduce((sum, each) => sum + each.transfers, 0);
  const startMs = Math.min(...replayed.map(({ startedMs }) => startedMs));
  const endMs = Math.max(...replayed.map(({ endedMs }) => endedMs));
  return (transfers * 1_000) / Math.max(1, endMs - startMs);
}
